"""The gallery: a page for each state, and a console that controls a session."""

from .page_links import checked_page_url
from .routing import respond

__all__ = ["checked_page_url", "respond"]
