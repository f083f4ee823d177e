"""Whether two answers about one thing say the same, as far as the contract wants them to."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from mock_server.contract.document.spec import Spec, resolve
from mock_server.contract.rules.functions import unit
from mock_server.contract.violations import Violation, show

from ..target.roles import Resource, has_ended
from ..target.target import Exchange

TRIES = 3
Seen = tuple[Resource, Exchange]


def difference(
    spec: Spec,
    name: str,
    one: Resource,
    other: Resource,
    only: frozenset[str] | None = None,
    one_way: bool = False,
) -> Violation | None:
    """The first property on which two answers about a thing of a schema do not agree.

    An instant is as precise as it is printed, and an optional property may be left out of either,
    unless both were seen in one_way: then it is as null.
    only: the properties that are compared; by default all that are declared.
    """
    schema = spec.schema(name)
    required = schema.get("required", ())
    for each, declared in schema["properties"].items():
        if only is not None and each not in only:
            continue
        if not one_way and each not in required and (each not in one or each not in other):
            continue
        format_ = resolve(spec.data, declared).get("format")
        if not _equal(one.get(each), other.get(each), format_):
            found = f"{show(one.get(each))}, then {show(other.get(each))}"
            message = "a thing that nothing was done to stays as it is"
            return Violation("nothing-changed", message, f"/{each}", found)
    return None


def _equal(one: Any, other: Any, format_: str | None) -> bool:
    if one == other and isinstance(one, bool) == isinstance(other, bool):
        return True
    if format_ != "date-time" or not (isinstance(one, str) and isinstance(other, str)):
        return False
    try:
        apart = instant(one) - instant(other)
    except (ValueError, TypeError):
        return False
    return abs(apart) < max(unit(one), unit(other))


def instant(text: str) -> datetime:
    """An RFC 3339 text as an instant. Raises ValueError."""
    return datetime.fromisoformat(text.upper())


def untouched(spec: Spec, before: Resource, after: Resource) -> Violation | None:
    """What is wrong with a release that nothing should have happened to in between.

    A build that had not ended may go on, and the rules about changes speak of that.
    """
    only = None if has_ended(spec, before) else spec.identity
    return difference(spec, spec.release, before, after, only, one_way=True)


def told_apart(
    spec: Spec,
    name: str,
    look: Callable[[], Resource | None],
    other: Callable[[], Seen | None],
    but: frozenset[str] = frozenset(),
) -> tuple[Violation, Exchange] | None:
    """Where another way to see a thing shows something else than a look before it and one after.

    A thing may change at any moment, by its build or by somebody else: only what two equal looks
    enclose is told, and only when it is so each time. but: properties that are not compared.
    """
    only = frozenset(spec.schema(name)["properties"]) - but
    found = None
    for _ in range(TRIES):
        before, seen, after = look(), other(), look()
        if before is None or seen is None or after is None:
            return None
        if difference(spec, name, before, after) is None:
            wrong = difference(spec, name, before, seen[0], only)
            if wrong is None:
                return None
            found = wrong, seen[1]
    return found
