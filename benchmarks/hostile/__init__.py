"""Measures how long other clients wait while one client sends hostile requests."""
