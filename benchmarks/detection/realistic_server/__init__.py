"""A server with many faults at once, as in practice; see faults.yaml."""
