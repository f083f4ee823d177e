"""The admin API: how a test or a developer steers the mock."""

from .routing import admin, respond
from .steering import begin_anew

__all__ = ["admin", "begin_anew", "respond"]
