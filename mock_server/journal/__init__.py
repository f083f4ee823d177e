"""The journal: the exchanges of a session, bounded, credentials redacted."""

from .entries import Exchange, Note, clear, last, read, served, wait, write

__all__ = ["Exchange", "Note", "clear", "last", "read", "served", "wait", "write"]
