"""How two values of the same keyword become one that requires both."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from fractions import Fraction
from math import lcm
from typing import Any

TYPES = ("object", "array", "string", "integer", "number", "boolean", "null")


class ContradictionError(Exception):
    """No value satisfies the merged schemas."""


def both(first: Any, second: Any) -> Any:
    """Return a schema that requires two schemas."""
    if first is True or first == second:
        return second
    return first if second is True else {"allOf": [first, second]}


def as_list(names: Any) -> Sequence[str]:
    return [names] if isinstance(names, str) else names


def _types(first: Any, second: Any) -> Any:
    left, right = (
        {*names, *(["integer"] if "number" in names else [])}
        for names in (as_list(first), as_list(second))
    )
    shared = [name for name in TYPES if name in left & right]
    if "number" in shared and "integer" in shared:
        shared.remove("integer")
    if not shared:
        raise ContradictionError
    return shared[0] if len(shared) == 1 else shared


def _values_in_both(first: Any, second: Any) -> Any:
    shared = [value for value in first if value in second]
    if not shared:
        raise ContradictionError
    return shared


def _same(first: Any, second: Any) -> Any:
    if first != second:
        raise ContradictionError
    return first


def _common_multiple(first: Any, second: Any) -> Any:
    left, right = Fraction(str(first)), Fraction(str(second))
    scale = lcm(left.denominator, right.denominator)
    common = Fraction(lcm(int(left * scale), int(right * scale)), scale)
    return common.numerator if common.denominator == 1 else float(common)


def _merged_schemas(first: Any, second: Any) -> Any:
    shared = {name: both(first[name], second[name]) for name in first if name in second}
    return {**first, **second, **shared}


def _positions(first: Any, second: Any) -> Any:
    pairs = itertools.zip_longest(first, second, fillvalue=True)
    return [both(left, right) for left, right in pairs]


def _union(first: Any, second: Any) -> Any:
    return list(dict.fromkeys([*first, *second]))


def _union_of_lists(first: Any, second: Any) -> Any:
    names = {*first, *second}
    return {name: _union(first.get(name, ()), second.get(name, ())) for name in sorted(names)}


def _either(first: Any, second: Any) -> Any:
    return bool(first or second)


# Keyword → how two of its values become one. The first value of any other keyword is kept.
COMBINE: dict[str, Callable[[Any, Any], Any]] = {
    "type": _types,
    "enum": _values_in_both,
    "const": _same,
    "minimum": max,
    "exclusiveMinimum": max,
    "maximum": min,
    "exclusiveMaximum": min,
    "multipleOf": _common_multiple,
    "minLength": max,
    "maxLength": min,
    "minItems": max,
    "maxItems": min,
    "uniqueItems": _either,
    "minContains": max,
    "maxContains": min,
    "minProperties": max,
    "maxProperties": min,
    "required": _union,
    "dependentRequired": _union_of_lists,
    "properties": _merged_schemas,
    "patternProperties": _merged_schemas,
    "additionalProperties": both,
    "unevaluatedProperties": both,
    "propertyNames": both,
    "items": both,
    "unevaluatedItems": both,
    "contains": both,
    "prefixItems": _positions,
    "readOnly": _either,
    "writeOnly": _either,
}
