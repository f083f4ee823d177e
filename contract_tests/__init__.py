"""The contract run: says of any live implementation of openapi.yaml whether it keeps it."""
