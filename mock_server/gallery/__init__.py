"""The gallery: every UI state to look at, and a console to step into it."""

from .real_page import checked as page_url
from .routing import respond

__all__ = ["page_url", "respond"]
