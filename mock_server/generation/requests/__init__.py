"""A valid request for each operation, and the command that sends it."""
