"""Rewrite fixtures for the later version of a document."""
