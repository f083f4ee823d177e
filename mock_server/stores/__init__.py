"""Where records are kept: one narrow interface, and three places behind it."""

from .memory import MemoryStore
from .opening import MEMORY, open_store
from .protocol import Store, StoreUnavailableError

__all__ = ["MEMORY", "MemoryStore", "Store", "StoreUnavailableError", "open_store"]
