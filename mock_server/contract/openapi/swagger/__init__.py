"""Converts Swagger 2.0 documents to the form of OpenAPI 3.0."""
