"""Exports for frontends: data, types, schemas and handlers, generated from spec and fixtures."""
