"""What sessions have created or changed, after the files have changed: what is valid stays.

A document can get new rules, and a type of resource can disappear. The rest of a session stays as
it is.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace

from ..contract.judge import Judge
from ..contract.violations import Violation
from ..foundation.timestamps import to_datetime
from .dataset import Dataset
from .session_state import SessionState
from .sessions import Sessions
from .view import View

log = logging.getLogger("mock_server")


def drop_invalid_changes(sessions: Sessions, judge: Judge, dataset: Dataset) -> None:
    """Remove changed resources that the files no longer allow; log each with the reason."""
    for name in sessions.names():
        stored = sessions.stored(name)
        if stored is None or not stored[1].changes:
            continue
        now = stored[1].clock.now(sessions.wall())
        invalid = _all_invalid(judge, View(dataset, stored[1], now))
        if not invalid:
            continue

        def without(state: SessionState, invalid: dict[str, Violation] = invalid) -> SessionState:
            return state.without_changes(invalid)

        sessions.change(name, without)
        for reference, violation in invalid.items():
            log.warning("session %s: %s is gone, since %s", name, reference, violation)


def _all_invalid(judge: Judge, view: View) -> dict[str, Violation]:
    """Return why each changed resource is no longer valid, also those that belong to another."""
    found: dict[str, Violation] = {}
    while more := dict(_invalid(judge, view)):
        found |= more
        view = replace(view, session_state=view.session_state.without_changes(more))
    return found


def _invalid(judge: Judge, view: View) -> Iterator[tuple[str, Violation]]:
    """Yield the reference of each changed resource that is no longer valid, and why."""
    spec = view.dataset.spec
    for reference, value in view.session_state.changes.items():
        type_name, _, key = reference.partition("/")
        if type_name not in spec.types:
            yield reference, Violation("type", f"the document has no resource {type_name}")
            continue
        resource = view.find(type_name, key)
        if value is None or resource is None:
            continue
        resource_type = resource.type
        violations = judge.resource(type_name, view.value(resource), to_datetime(view.now))
        if resource_type.key_of(value) != key:
            violations = [Violation("key", f"the key of {type_name} is another property now")]
        parent_key = resource_type.parent_key_of(value)
        if parent_key is not None and resource.parent is None:
            message = f"its {resource_type.parent} {parent_key} does not exist"
            violations = [*violations, Violation("parent", message)]
        if taken := view.taken(resource):
            message = f"another {resource_type.label} has the same {' and '.join(taken)}"
            violations = [*violations, Violation("unique", message)]
        if violations:
            yield reference, violations[0]
