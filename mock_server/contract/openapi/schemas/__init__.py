"""Repairs the schemas of a document, so that each is valid JSON Schema 2020-12."""
