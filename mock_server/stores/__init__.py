"""Where records are kept: one narrow interface, and three places behind it."""

from .memory import MemoryStore
from .opening import MEMORY, opened
from .protocol import Store, StoreLostError

__all__ = ["MEMORY", "MemoryStore", "Store", "StoreLostError", "opened"]
