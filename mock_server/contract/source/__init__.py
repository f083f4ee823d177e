"""Strict YAML and JSON: every value knows its place in the file."""
