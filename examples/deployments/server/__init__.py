"""A server of the API in ``../openapi.yaml``: the standard library, and state in memory.

It shares no code with the mock and the contract run.
"""
