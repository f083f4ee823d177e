"""Reads any OpenAPI document, and returns it in one form: OpenAPI 3.1 without mistakes.

``reading.read_document`` states what the rest of the program can rely on.
"""
