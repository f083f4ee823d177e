"""The contract run: checks whether a live server follows openapi.yaml."""
