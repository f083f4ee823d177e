"""A server with many faults at once, all of them such as are met in the field; see faults.yaml."""
