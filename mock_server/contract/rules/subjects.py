"""The values that rules are evaluated on, with shorter logs for the rules about changes.

The engine copies both logs several times. That takes 400 MB for logs with 100,000 entries.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from .compilation import Rule, Rules

LONG_LOG = 1000  # entries that two observations share
FIRST_ENTRIES = 100  # of these, for rules about changes

Value = Mapping[str, Any]


class Subject(NamedTuple):
    """A value of a schema that has rules.

    pointer: the location of the value in its document; old: an earlier observation of the same
    resource, for the rules about changes.
    """

    value: Value
    pointer: str = ""
    old: Value | None = None


def parts(
    rules: Rules, name: str, applicable: Sequence[Rule], subjects: Sequence[Subject]
) -> Iterator[tuple[Sequence[Rule], Sequence[Subject]]]:
    """Yield rules with the values to evaluate them on: rules about changes get shorter logs."""
    shorter = _with_shorter_logs(rules, name, subjects[0])
    if shorter is None:
        yield applicable, subjects
    else:
        yield [rule for rule in applicable if not rule.of_change], subjects
        yield [rule for rule in applicable if rule.of_change], [shorter]


def _with_shorter_logs(rules: Rules, name: str, subject: Subject) -> Subject | None:
    """Return a value and its old value without most of the entries that their logs share at the
    start; None if no log is long."""
    value, old = subject.value, subject.old
    shorter: dict[str, Any] = {}
    shorter_old: dict[str, Any] = {}
    for each in rules.spec.timeline(name).role_properties("logs") if old is not None else ():
        log, old_log = value.get(each), (old or {}).get(each)
        if not (isinstance(log, list) and isinstance(old_log, list)):
            continue
        pairs = enumerate(zip(log, old_log, strict=False))
        shared = next((i for i, (a, b) in pairs if a != b), min(len(log), len(old_log)))
        if shared > LONG_LOG:
            shorter[each] = log[:FIRST_ENTRIES] + log[shared:]
            shorter_old[each] = old_log[:FIRST_ENTRIES] + old_log[shared:]
    if old is None or not shorter:
        return None
    return Subject({**value, **shorter}, subject.pointer, {**old, **shorter_old})
