"""Findings: each is one defect, with all its violations counted and the smallest example."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from mock_server.contract.violations import Violation

from ..target.target import Exchange

# Rules whose message differs between paths and responses, so it cannot identify a defect.
MESSAGE_VARIES = {"json", "allow", "answer"}
# Rules about the form of responses. A server breaks them in all operations at once.
FORM_OF_RESPONSES = {"json", "allow", "answer", "head", "header", "content-type"}


@dataclass(frozen=True)
class Finding:
    """One defect of the target, with its smallest example.

    operations: the number of violations per operationId; a request that matches no operation has
      its method and path as the name.
    about: the property or operation and the kind of value; equal for all violations of the defect.
    contract_pointer: JSON pointer to the broken rule in the contract.
    location: the same as ``file:line:column``.
    curl: commands that send the requests of the example again.
    steps: the exchanges of the example, in order; a request without a response has no step.
    check: the pytest name of the check that found it by comparing responses; empty if the last
      response, alone or after an earlier one, breaks the contract.
    response_pointers: JSON pointers into responses, with ``*`` for each list index.
    first_seen: when the first response that shows it arrived.
    """

    operations: Mapping[str, int]
    violation: Violation
    about: str
    contract_pointer: str
    location: str
    curl: tuple[str, ...]
    steps: tuple[Exchange, ...] = ()
    check: str = ""
    response_pointers: tuple[str, ...] = field(default=())
    first_seen: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def count(self) -> int:
        """The number of violations."""
        return sum(self.operations.values())

    @property
    def key(self) -> tuple[str, str]:
        """The identity of the defect: findings with equal keys are one finding."""
        return self.violation.rule, self.about

    @property
    def id(self) -> str:
        """A short name that is the same in every run."""
        rule = re.sub(r"\W+", "-", self.violation.rule).strip("-")[:40]
        return f"{rule}-{hashlib.sha256(repr(self.key).encode()).hexdigest()[:8]}"

    @property
    def operation_names(self) -> tuple[str, ...]:
        """The names of the operations, the one with most violations first."""
        return tuple(sorted(self.operations, key=lambda name: -self.operations[name]))

    def __str__(self) -> str:
        return f"{self.operation_names[0]}: {self.violation}"

    def merged(self, other: Finding) -> Finding:
        """Return both as one finding, with the example that needs fewer and shorter requests."""
        smaller = min(self, other, key=lambda each: (len(each.curl), sum(map(len, each.curl))))
        counts = dict(self.operations)
        for name, count in other.operations.items():
            counts[name] = counts.get(name, 0) + count
        pointers = tuple(dict.fromkeys((*self.response_pointers, *other.response_pointers)))
        first = min(self.first_seen, other.first_seen)
        return replace(smaller, operations=counts, response_pointers=pointers, first_seen=first)


def cause_of(subject: str, operation: str | None, status: int, violation: Violation) -> str:
    """Return the text that identifies a defect: its subject and the kind of value found there.

    subject: the property, or "" for a violation of a response as a whole. operation: None for a
    request that matches no operation.
    """
    parts = [subject] if subject else []
    if not subject and operation and violation.rule not in FORM_OF_RESPONSES:
        parts.append(operation)
    if violation.rule.startswith("status"):
        parts.append(f"{violation.message}, is {status}")
    elif violation.rule == "required" or (not subject and violation.rule not in MESSAGE_VARIES):
        # Quoted values and numbers differ between violations of one defect.
        parts.append(re.sub(r"'[^']*'|\"[^\"]*\"|\d{2,}", "…", violation.message))
    elif subject and (kind := _json_type(violation.found)):
        parts.append(f"is {kind}")
    return ": ".join(parts)


def _json_type(text: str) -> str:
    """Return the JSON type of a value from its text, which may be cut; "" if it is unknown."""
    try:
        value = json.loads(text)
    except ValueError:
        first_characters = {'"': "string", "{": "object", "[": "array"}
        return first_characters.get(text[:1], "") if text.endswith("…") else ""
    names = {str: "string", bool: "boolean", dict: "object", list: "array", type(None): "null"}
    return names.get(type(value), "number")


def without_indexes(pointer: str) -> str:
    """Return a JSON pointer with ``*`` in place of each list index."""
    return re.sub(r"/\d+(?=/|$)", "/*", pointer)
