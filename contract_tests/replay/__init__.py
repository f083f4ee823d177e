"""Finding files, the example database, and how to send their requests again."""
