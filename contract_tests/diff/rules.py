"""Compare rules (``x-invariants``): which are new, gone, changed, or only renamed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from . import changes
from .changes import Change, Relation, Rule


def rule_changes(
    pair: tuple[str, str], subject: str, old: Mapping[str, Any], new: Mapping[str, Any]
) -> Iterator[Change]:
    """Yield the changes of the rules (``x-invariants``) of a schema or an operation, by id."""
    before, after = (
        {
            str(rule.get("id")): (index, rule)
            for index, rule in enumerate(each.get("x-invariants", ()))
        }
        for each in (old, new)
    )
    for name, (index, rule) in after.items():
        where = f"{pair[1]}/x-invariants/{index}"
        if name not in before:
            message = f"the rule {name} was added: {rule.get('message', '')}"
            yield _of_rule("added", subject, message, where, changes.NARROWER, (None, rule))
        elif _meaning(before[name][1]) != _meaning(rule):
            message = f"the rule {name} was changed: {rule.get('message', '')}"
            yield _of_rule(
                "changed", subject, message, where, changes.OTHER, (before[name][1], rule)
            )
    for name, (index, rule) in before.items():
        if name not in after:
            where = f"{pair[0]}/x-invariants/{index}"
            message = f"the rule {name} was removed"
            yield _of_rule("removed", subject, message, where, changes.WIDER, (rule, None))


def _of_rule(
    what: str,
    subject: str,
    message: str,
    pointer_: str,
    relation: Relation,
    rules: tuple[Rule | None, Rule | None],
) -> Change:
    in_old = rules[1] is None
    return Change(f"rule-{what}", subject, message, pointer_, in_old, relation, rules=rules)


def without_renamed_rules(found: Sequence[Change]) -> list[Change]:
    """Return changes without those of rules that only follow from names that were renamed.

    A rule that also has a new id is one change, ``rule-renamed``.
    """
    names = dict(change.rename for change in found if change.rename)
    gone = [change for change in found if change.kind == "rule-removed"]
    kept: list[Change] = []
    for change in found:
        before, after = change.rules
        if change.kind == "rule-changed" and _follows(before, after, names):
            continue
        if change.kind == "rule-added":
            same = [each for each in gone if _follows(each.rules[0], after, names, with_id=False)]
            if same and after and same[0].rules[0]:
                rename = str(same[0].rules[0]["id"]), str(after["id"])
                message = f"the rule {rename[0]} was renamed to {rename[1]}"
                gone.remove(same[0])
                kept = [each for each in kept if each is not same[0]]
                change = replace(
                    change,
                    kind="rule-renamed",
                    message=message,
                    rename=rename,
                    by_direction=changes.HARMLESS,
                    impact=changes.NOTHING,
                )
        kept.append(change)
    left = [id(each) for each in gone]
    return [each for each in kept if each.kind != "rule-removed" or id(each) in left]


def _follows(
    before: Rule | None, after: Rule | None, names: Mapping[str, str], with_id: bool = True
) -> bool:
    """Return whether a rule is an earlier one with the new names."""
    if before is None or after is None:
        return False
    old = {key: _renamed(value, names) if key != "id" else value for key, value in before.items()}
    return _meaning(old, with_id) == _meaning(after, with_id)


def _renamed(value: Any, names: Mapping[str, str]) -> Any:
    if not isinstance(value, str) or not names:
        return value
    words = "|".join(map(re.escape, sorted(names, key=len, reverse=True)))
    return re.sub(rf"\b(?:{words})\b", lambda match: names[match[0]], value)


def _meaning(rule: Rule, with_id: bool = True) -> list[Any]:
    """Return what a rule requires, without its message and the layout of its expression."""
    return [
        (key, " ".join(value.split()) if isinstance(value, str) else value)
        for key, value in sorted(rule.items())
        if key != "message" and (with_id or key != "id")
    ]
