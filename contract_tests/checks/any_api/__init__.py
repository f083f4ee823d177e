"""The checks for documents without builds: they rest on OpenAPI and HTTP alone."""
