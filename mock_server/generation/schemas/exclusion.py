"""Makes a value invalid for a schema of ``oneOf`` that was not chosen.

Documents often list schemas of which an object fits several, because their properties are optional.
Such an object gets one more property that only the other schema knows, with a value of a wrong
type.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .combining import ContradictionError
from .merging import Merged
from .plans import Plans

UNKNOWN_NAME = "other"  # for a schema that accepts only the properties that it names
WRONG: dict[str, Any] = {"string": 0}  # type → a value of another type
OTHERWISE_WRONG = "other"


def exclude(plans: Plans, value: Any, schema: Any, chosen: Merged) -> None:
    """Change a value in place, if possible, so that it is invalid for a schema."""
    other = _merged(plans, schema)
    if other is None:
        return
    if isinstance(value, dict) and other.type() == "object":
        _exclude_object(plans, value, other.keywords, chosen.keywords)
    elif isinstance(value, list) and value and other.type() == "array":
        items = _merged(plans, chosen.keywords.get("items", True))
        if items is not None:
            exclude(plans, value[0], other.keywords.get("items", True), items)


def _merged(plans: Plans, schema: Any) -> Merged | None:
    try:
        return plans.of(schema)
    except ContradictionError:
        return None


def _exclude_object(
    plans: Plans, value: dict[str, Any], other: Mapping[str, Any], chosen: Mapping[str, Any]
) -> None:
    properties = other.get("properties", {})
    own = chosen.get("properties", {})
    is_open = chosen.get("additionalProperties", True) is not False
    is_open = is_open and chosen.get("unevaluatedProperties", True) is not False
    if any(name not in value for name in other.get("required", ())) or not is_open:
        return
    if other.get("additionalProperties") is False:
        value.setdefault(UNKNOWN_NAME, True)
        return
    for name, schema in properties.items():
        merged = _merged(plans, schema)
        kind = "any" if merged is None else merged.type()
        if name not in own and kind != "any":
            value[name] = WRONG.get(kind, OTHERWISE_WRONG)
            return
