"""The differences between two documents: what each breaks, and how to follow it."""
