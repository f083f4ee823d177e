"""Recorded exchanges: each as a whole, and the last one of a real server as states."""
