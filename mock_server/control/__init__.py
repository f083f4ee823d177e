"""The admin API: how a test or a developer steers the mock."""

from .changes import begin_anew
from .routing import admin, respond

__all__ = ["admin", "begin_anew", "respond"]
