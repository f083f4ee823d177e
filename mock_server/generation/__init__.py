"""Values made from JSON Schemas, documented examples, and bodies of any media type."""
