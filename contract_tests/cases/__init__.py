"""The requests of a run: known ids, valid requests, and edge cases."""
