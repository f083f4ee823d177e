"""Collects the violations of a document, so that one run reports all of them."""

from __future__ import annotations

from ..violations import ContractError, Violation
from .documents import Document


class Problems:
    """Collects the violations of a spec, each with its line and column."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.violations: list[Violation] = []

    def add(self, rule: str, at: str, message: str, found: str = "", fix: str = "") -> None:
        location = self.document.location(at)
        self.violations.append(Violation(rule, message, at, found, fix, location))

    def stop_if_any(self) -> None:
        if self.violations:
            raise ContractError(self.violations)
