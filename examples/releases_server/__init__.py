"""The API of openapi.yaml on a SQLite file, written from that document alone."""
