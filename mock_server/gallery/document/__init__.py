"""The OpenAPI document of the mock, to download as one file."""
