"""Compare two responses about the same resource."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from mock_server.contract.document.spec import Spec
from mock_server.contract.exchange import Exchange
from mock_server.contract.rules.functions import unit
from mock_server.contract.violations import Violation, show

from ..target.roles import Resource, has_ended, timed_name, timed_type

TRIES = 3
Observed = tuple[Resource, Exchange]  # a resource, and the exchange whose response showed it


def difference(
    spec: Spec,
    name: str,
    first: Resource,
    second: Resource,
    only: frozenset[str] | None = None,
    same_lookup: bool = False,
) -> Violation | None:
    """Return the first property that differs between two observations of a resource.

    Timestamps are compared with the precision in which they are written. An optional property may
    be absent in one of them, unless both come from the same lookup: then absent means null.
    name: the schema of the resource. only: the properties to compare; None for all declared ones.
    """
    resource_type = spec.types[name]
    required = resource_type.required
    for each, declared in resource_type.properties.items():
        if only is not None and each not in only:
            continue
        if not same_lookup and each not in required and (each not in first or each not in second):
            continue
        if not equal_values(first.get(each), second.get(each), declared.get("format")):
            values = f"{show(first.get(each))}, then {show(second.get(each))}"
            message = "a property does not change unless a request changes it"
            return Violation("nothing-changed", message, f"/{each}", values)
    return None


def equal_values(first: Any, second: Any, format_: str | None) -> bool:
    # In Python, True == 1 and False == 0.
    if first == second and isinstance(first, bool) == isinstance(second, bool):
        return True
    if format_ != "date-time" or not (isinstance(first, str) and isinstance(second, str)):
        return False
    try:
        distance = parse_timestamp(first) - parse_timestamp(second)
    except (ValueError, TypeError):
        return False
    return abs(distance) < max(unit(first), unit(second))


def parse_timestamp(text: str) -> datetime:
    """Return the time of an RFC 3339 timestamp. Raises ValueError."""
    return datetime.fromisoformat(text.upper())


def unexpected_change(spec: Spec, before: Resource, after: Resource) -> Violation | None:
    """Return the first change of a resource between two observations without a restart.

    A timeline that had not ended may continue. Then only the properties that identify the resource
    are compared; the rules about changes check the others.
    """
    only = None if has_ended(spec, before) else timed_type(spec).identity
    return difference(spec, timed_name(spec), before, after, only, same_lookup=True)


def confirmed_difference(
    spec: Spec,
    name: str,
    look: Callable[[], Resource | None],
    other: Callable[[], Observed | None],
    ignored: frozenset[str] = frozenset(),
) -> tuple[Violation, Exchange] | None:
    """Return the difference between two ways to read a resource, if it occurs in every try.

    Time or another client may change the resource at any moment. Therefore `other` counts only
    if the results of `look` before and after it are equal. ignored: properties not to compare.
    """
    only = frozenset(spec.types[name].properties) - ignored
    result = None
    for _ in range(TRIES):
        before, observed, after = look(), other(), look()
        if before is None or observed is None or after is None:
            return None
        if difference(spec, name, before, after) is None:
            violation = difference(spec, name, before, observed[0], only)
            if violation is None:
                return None
            result = violation, observed[1]
    return result
