"""What a schema does not require in one direction: of a request, or of a response.

A property that is ``readOnly`` is required only in responses, and one that is ``writeOnly`` only in
requests (OpenAPI 3.0, section 4.7.24.2). So each direction is judged by its own view of the
document, in which ``required`` does not list these properties. A view shares with the document all
that it does not change, and its JSON pointers.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .references import at, pointer_to

ONLY_IN_RESPONSES, ONLY_IN_REQUESTS = "readOnly", "writeOnly"

COMBINING = frozenset(("allOf", "anyOf", "oneOf", "if", "then", "else"))
NAMED = frozenset(("properties", "patternProperties", "$defs", "schemas"))  # schemas by names
DATA = frozenset(("const", "default", "enum", "example", "examples"))  # values, not schemas
NONE: frozenset[str] = frozenset()


def without_required(data: Any, keyword: str) -> Any:
    """Return a document that requires no property with a keyword.

    It is the same object if the document has no such property. keyword: ONLY_IN_RESPONSES or
    ONLY_IN_REQUESTS.
    """
    return _View(data, keyword).of(data, NONE) if _contains(data, keyword) else data


def _contains(data: Any, keyword: str) -> bool:
    pending = [data]
    while pending:
        value = pending.pop()
        if isinstance(value, dict):
            if keyword in value:
                return True
            pending += value.values()
        elif isinstance(value, list):
            pending += value
    return False


class _View:
    """A view of one document. keyword: of the properties that it does not require."""

    def __init__(self, data: Any, keyword: str) -> None:
        self._data, self._keyword = data, keyword

    def of(self, value: Any, exempt: frozenset[str]) -> Any:
        """Return the view of a value of the document.

        exempt: properties that it must not require, since the schema around it declares them.
        """
        if isinstance(value, list):
            items = [self.of(each, exempt) for each in value]
            changed = any(new is not old for new, old in zip(items, value, strict=True))
            return items if changed else value
        if not isinstance(value, dict):
            return value
        if exempt or "required" in value or not COMBINING.isdisjoint(value):
            exempt |= frozenset(self._declared(value, set()))
        members = {key: self._member(key, each, exempt) for key, each in value.items()}
        return members if any(members[key] is not value[key] for key in value) else value

    def _member(self, key: str, value: Any, exempt: frozenset[str]) -> Any:
        if key in DATA:
            return value
        if key == "required" and isinstance(value, list):
            names = [name for name in value if name not in exempt]
            return names if len(names) < len(value) else value
        if key in NAMED and isinstance(value, dict):
            members = {name: self.of(each, NONE) for name, each in value.items()}
            return members if any(members[name] is not value[name] for name in value) else value
        return self.of(value, exempt if key in COMBINING else NONE)

    def _declared(self, schema: Any, visited: set[str]) -> Iterator[str]:
        """Yield the properties with the keyword that a schema declares, also by reference."""
        if not isinstance(schema, dict):
            return
        properties = schema.get("properties")
        for name, each in properties.items() if isinstance(properties, dict) else ():
            if self._has_keyword(each):
                yield name
        for part in schema.get("allOf", ()) if isinstance(schema.get("allOf"), list) else ():
            yield from self._declared(part, visited)
        target = schema.get("$ref")
        if isinstance(target, str) and target not in visited:
            visited.add(target)
            yield from self._declared(self._at(target), visited)

    def _has_keyword(self, schema: Any) -> bool:
        visited: set[str] = set()
        while isinstance(schema, dict):
            if schema.get(self._keyword) is True:
                return True
            target = schema.get("$ref")
            if not isinstance(target, str) or target in visited:
                return False
            visited.add(target)
            schema = self._at(target)
        return False

    def _at(self, reference: str) -> Any:
        try:
            return at(self._data, pointer_to(reference))
        except (LookupError, ValueError, TypeError):
            return None
