"""Findings: one for each defect, however often and wherever it was seen."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from mock_server.contract.violations import Violation

from ..target.target import Exchange

# Rules whose message says what was found, or what this one path wants.
VARYING = {"json", "allow", "answer"}
# Rules about how answers are made, whatever the operation.
OF_EVERY_ANSWER = {"json", "allow", "answer", "head", "header", "content-type"}


@dataclass(frozen=True)
class Finding:
    """One way in which an implementation breaks the contract, with its smallest example.

    operations: by operationId, or by method and path for what reaches none, how often it was seen.
    about: what it is about, the same wherever it is seen. where: JSON pointer into the contract;
    place: the same as ``file:line:column``. steps: the exchanges that show it, the last one last;
    a request that got no answer has no step. check: the test that found it by comparing answers;
    empty when the last answer alone, or beside an earlier one, is wrong.
    curl: commands that send those requests again. pointers: where it was seen in an answer, ``*``
    for any place in a list. first_seen: when the answer that showed it first had come.
    """

    operations: Mapping[str, int]
    violation: Violation
    about: str
    where: str
    place: str
    curl: tuple[str, ...]
    steps: tuple[Exchange, ...] = ()
    check: str = ""
    pointers: tuple[str, ...] = field(default=())
    first_seen: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def count(self) -> int:
        return sum(self.operations.values())

    @property
    def key(self) -> tuple[str, str]:
        """Findings with the same key are the same defect."""
        return self.violation.rule, self.about

    @property
    def id(self) -> str:
        """A short name that is the same in every run."""
        rule = re.sub(r"\W+", "-", self.violation.rule).strip("-")[:40]
        return f"{rule}-{hashlib.sha256(repr(self.key).encode()).hexdigest()[:8]}"

    @property
    def names(self) -> tuple[str, ...]:
        """The operations concerned, the most often seen first."""
        return tuple(sorted(self.operations, key=lambda name: -self.operations[name]))

    def __str__(self) -> str:
        return f"{self.names[0]}: {self.violation}"

    def merged(self, other: Finding) -> Finding:
        """Both as one, with the example that takes fewer and shorter requests."""
        smaller = min(self, other, key=lambda each: (len(each.curl), sum(map(len, each.curl))))
        counts = dict(self.operations)
        for name, count in other.operations.items():
            counts[name] = counts.get(name, 0) + count
        pointers = tuple(dict.fromkeys((*self.pointers, *other.pointers)))
        first = min(self.first_seen, other.first_seen)
        return replace(smaller, operations=counts, pointers=pointers, first_seen=first)


def about(resource: str, operation: str | None, status: int, violation: Violation) -> str:
    """What a finding is about: the thing and the kind of what was found there.

    operation: None for a request that reaches no operation.
    """
    told = [resource] if resource else []
    if not resource and operation and violation.rule not in OF_EVERY_ANSWER:
        told.append(operation)
    if violation.rule.startswith("status"):
        told.append(f"{violation.message}, is {status}")
    elif violation.rule == "required" or (not resource and violation.rule not in VARYING):
        told.append(re.sub(r"'[^']*'|\"[^\"]*\"|\d{2,}", "…", violation.message))
    elif resource and (kind := _kind(violation.found)):
        told.append(f"is {kind}")
    return ": ".join(told)


def _kind(found: str) -> str:
    """The JSON type of what was found, as far as it can be told."""
    try:
        value = json.loads(found)
    except ValueError:
        begins = {'"': "string", "{": "object", "[": "array"}
        return begins.get(found[:1], "") if found.endswith("…") else ""
    names = {str: "string", bool: "boolean", dict: "object", list: "array", type(None): "null"}
    return names.get(type(value), "number")


def anywhere(at: str) -> str:
    """A JSON pointer in which the place in a list does not matter."""
    return re.sub(r"/\d+(?=/|$)", "/*", at)
