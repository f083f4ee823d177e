"""Serve public OpenAPI documents with this mock and with other mock servers, and judge responses.

The requests are built and the responses are judged by code that shares nothing with the mock.
"""
