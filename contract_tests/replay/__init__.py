"""Findings as files, and how their requests are sent again."""
