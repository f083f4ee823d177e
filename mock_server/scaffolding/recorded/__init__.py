"""Fixtures and scenarios from recorded traffic."""
