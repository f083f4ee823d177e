"""Collects what is wrong with a document, so that all of it can be told at once."""

from __future__ import annotations

from ..violations import ContractError, Violation
from .yaml_documents import Document


class Problems:
    """Collects what is wrong with a spec; each problem knows its place in the file."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.found: list[Violation] = []

    def add(self, rule: str, at: str, message: str, found: str = "", fix: str = "") -> None:
        place = self.document.location(at)
        self.found.append(Violation(rule, message, at, found, fix, place))

    def stop_if_any(self) -> None:
        if self.found:
            raise ContractError(self.found)
