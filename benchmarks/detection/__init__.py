"""Measure how many known bugs a contract run finds, and whether it passes correct servers."""
