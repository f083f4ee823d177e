"""Checks of what operations do to the resources that a document marks with `x-resource`."""
