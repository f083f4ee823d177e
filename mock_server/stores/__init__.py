"""Stores of session records: one interface, implemented in memory, SQLite and Redis."""

from .memory import MemoryStore
from .opening import MEMORY, open_store
from .protocol import Store, StoreUnavailableError

__all__ = ["MEMORY", "MemoryStore", "Store", "StoreUnavailableError", "open_store"]
