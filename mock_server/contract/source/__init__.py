"""Strict YAML and JSON. Each value of a YAML file has a line and a column."""
