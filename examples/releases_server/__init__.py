"""An HTTP server for the API of openapi.yaml, with its data in a SQLite file.

It was written from that document alone and imports nothing of this project.
"""
