"""Send requests to a mock in memory, and report what is wrong with its responses."""
