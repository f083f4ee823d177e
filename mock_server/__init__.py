"""A mock server for an OpenAPI document, with fixtures and scenarios."""
