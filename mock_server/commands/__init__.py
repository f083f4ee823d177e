"""The commands of `mock-server`, one module each."""
