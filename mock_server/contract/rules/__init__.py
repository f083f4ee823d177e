"""The rules of the spec (`x-invariants`), written in CEL."""
