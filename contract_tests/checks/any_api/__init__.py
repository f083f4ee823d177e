"""The checks for documents without timelines: they rest on OpenAPI and HTTP alone."""
