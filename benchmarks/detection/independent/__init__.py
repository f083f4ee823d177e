"""A server written from openapi.yaml alone, with defects and unusual correct variants."""
