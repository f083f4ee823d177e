"""The values that a rule names, as its violation shows them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..document.resources.types import ROLES, TimelineRoles
from ..violations import Violation, pointer, show
from .compilation import Rule
from .subjects import Subject


def violation(
    timeline: TimelineRoles,
    rule: Rule,
    problem: str,
    subject: Subject,
    process: Mapping[str, Any] | None,
) -> Violation:
    """Return the violation of a rule by a value, with what the properties contain that it names.

    problem: why the rule cannot be evaluated; "" if it does not hold.
    """
    value, old = subject.value, subject.old
    names = list(_names(timeline, rule, value, process))
    if rule.of_change and old is not None:
        changed = [name for name in names if value.get(name) != old.get(name)]
        text = ", ".join(f"{n}: {_short(old.get(n))} → {_short(value.get(n))}" for n in changed)
        names = changed or names
    else:
        text = ", ".join(f"{name}: {_short(value.get(name))}" for name in names)
    return Violation(rule.id, rule.message, subject.pointer + pointer(names[:1]), text, problem)


def _names(
    timeline: TimelineRoles, rule: Rule, value: Mapping[str, Any], process: Mapping[str, Any] | None
) -> Iterator[str]:
    """Return the properties that a rule names, directly or by their role."""
    names: dict[str, None] = {}
    for chain in rule.chains:
        if len(chain) < 2 or chain[0] in ("now", "processes"):
            continue
        if chain[0] in ("self", "oldSelf"):
            names[chain[1]] = None
        elif process is not None and chain[0] == "process":
            names[str(process.get(chain[1], ""))] = None
        else:
            names |= dict.fromkeys(timeline.role_properties(chain[1]))
    return (name for name in names if name in value)


def exchange_values(timeline: TimelineRoles, variables: Mapping[str, Any], rule: Rule) -> str:
    """Return the values that a rule of an operation names, directly or by their role."""
    roles = {chain[-1] for chain in rule.chains} & set(ROLES)
    properties = {name for role in roles for name in timeline.role_properties(role)}
    values: dict[str, Any] = {}
    for chain in rule.chains:
        names = chain[: chain.index("*")] if "*" in chain else chain
        value: Any = variables
        for name in names:
            value = value.get(name) if isinstance(value, dict) else None
        if names != chain and isinstance(value, dict):  # such as release[process.status]
            values |= {".".join((*names, n)): value[n] for n in value if n in properties}
        elif names == chain and len(names) > 1 and value is not None:
            values[".".join(names)] = value
    return ", ".join(f"{name}: {_short(value)}" for name, value in values.items())


def _short(value: Any) -> str:
    if isinstance(value, list | dict) and len(value) > 3:
        return f"{len(value)} {'entries' if isinstance(value, list) else 'members'}"
    text = show(value)
    return text if len(text) <= 80 else text[:79] + "…"
