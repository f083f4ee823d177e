"""Texts and numbers: by schema, by format, and by the name of the property."""
