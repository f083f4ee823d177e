"""A mock of the contract in ``openapi.yaml``, answering from fixtures and scenarios."""
