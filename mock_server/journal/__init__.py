"""The journal of a session: its last exchanges, without credentials."""

from .entries import JournalEntry, JournalRecord, clear, last, read, served, wait, write

__all__ = ["JournalEntry", "JournalRecord", "clear", "last", "read", "served", "wait", "write"]
