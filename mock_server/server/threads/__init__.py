"""Threads beside the event loop: what they run, and how many compute at once."""
