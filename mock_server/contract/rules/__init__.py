"""The rules of the document (`x-invariants`), written in CEL."""
