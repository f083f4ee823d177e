"""The first files for a mock of a document: an overlay with examples, and a folder of fixtures."""
