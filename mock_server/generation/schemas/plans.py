"""The merged schemas of a document, remembered: most parts of a value use them unchanged."""

from __future__ import annotations

from typing import Any

from .combining import ContradictionError
from .merging import Merged
from .recursion import Heights

MAX_PLANS = 4_096  # merged schemas that are remembered


class Plans:
    """The merged schemas and the heights of the schemas of a document."""

    def __init__(self, data: Any) -> None:
        self.data = data
        self.heights = Heights(data)
        # The schema is stored as well, so that its id cannot become the one of another schema.
        self._merged: dict[int, tuple[Any, Merged | None]] = {}

    def of(self, schema: Any) -> Merged:
        """Return a schema with its ``$ref`` and ``allOf`` merged. Do not change the result.

        Raises ContradictionError.
        """
        known = self._merged.get(id(schema))
        if known is None or known[0] is not schema:
            known = self._merge(schema)
        if known[1] is None:
            raise ContradictionError
        return known[1]

    def _merge(self, schema: Any) -> tuple[Any, Merged | None]:
        merged: Merged | None = Merged()
        try:
            if merged is not None:
                merged.add(self.data, schema)
        except ContradictionError:
            merged = None
        if len(self._merged) >= MAX_PLANS:
            self._merged.clear()
        entry = self._merged[id(schema)] = (schema, merged)
        return entry
