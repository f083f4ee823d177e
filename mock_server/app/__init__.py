"""The pipeline: from a request to a response."""
