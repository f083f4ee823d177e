"""The process of a run: its signals, its output and its environment."""
