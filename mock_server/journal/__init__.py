"""The journal: the exchanges of a session, bounded, credentials redacted."""

from .notes import Exchange, clear, last, note, read, served, wait

__all__ = ["Exchange", "clear", "last", "note", "read", "served", "wait"]
