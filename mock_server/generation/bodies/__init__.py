"""From a value to the bytes of a body, for each media type."""
