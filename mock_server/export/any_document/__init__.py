"""What is exported for a document without builds: its documented responses and its schemas."""
