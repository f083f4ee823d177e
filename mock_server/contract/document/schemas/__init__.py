"""The schemas of a document, compiled, and their requirements in words."""

from .compiled import Schemas

__all__ = ["Schemas"]
