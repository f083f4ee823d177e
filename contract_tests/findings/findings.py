"""Findings: each is one defect, with all its violations counted and the smallest example."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from mock_server.contract.document.requirements import ERROR
from mock_server.contract.exchange import Exchange
from mock_server.contract.violations import Violation

from .causes import NO_CREDENTIALS, SHAPE


@dataclass(frozen=True)
class Finding:
    """One defect of the target, with its smallest example.

    operations: the number of violations per operationId; a request that matches no operation has
      its method and path as the name.
    about: its cause without the rule; equal for all violations of the defect.
    contract_pointer: JSON pointer to the broken rule in the contract.
    location: the same as ``file:line:column``.
    curl: commands that send the requests of the example again.
    steps: the exchanges of the example, in order; a request without a response has no step.
    check: the pytest name of the check that found it by comparing responses; empty if the last
      response, alone or after an earlier one, breaks the contract.
    response_pointers: JSON pointers into responses, with ``*`` for each list index.
    first_seen: when the first response that shows it arrived.
    requirement: the id in ``x-requirements`` of the broken requirement, if it is one.
    level: ``error``, or ``strict`` for hygiene that fails a run only with --strict.
    consequence: its rank among the findings; the smallest matters most.
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
    requirement: str = ""
    level: str = ERROR
    consequence: int = SHAPE

    @property
    def count(self) -> int:
        """The number of violations."""
        return sum(self.operations.values())

    @property
    def rule(self) -> str:
        """The id of the broken requirement, else of the broken rule."""
        return self.requirement or self.violation.rule

    @property
    def key(self) -> tuple[str, str]:
        """The identity of the defect: findings with equal keys are one finding."""
        return self.rule, self.about

    @property
    def id(self) -> str:
        """A short name that is the same in every run."""
        rule = re.sub(r"\W+", "-", self.rule).strip("-")[:40]
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


def without_indexes(pointer: str) -> str:
    """Return a JSON pointer with ``*`` in place of each list index."""
    return re.sub(r"/\d+(?=/|$)", "/*", pointer)


def body_file_names(finding: Finding) -> list[str]:
    """Return the names of the files with the request bodies of a finding, one for each request."""
    return [f"{finding.id}-{number}.body" for number, _ in enumerate(finding.curl, 1)]


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings in the order in which to fix them: errors first, by their consequence."""
    return tuple(sorted(findings, key=lambda each: (each.level != ERROR, each.consequence)))


def without_explained(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Leave out each finding that another one explains, so that one cause is one finding."""
    every = tuple(findings)
    return tuple(each for each in every if not any(_explains(other, each) for other in every))


def _explains(finding: Finding, other: Finding) -> bool:
    """Return whether another finding follows from a finding at the same operations.

    An operation that needs no credentials accepts invalid ones too. If it crashes for valid
    requests, it also crashes for those of a check that expects a certain behaviour.
    """
    if finding is other or not set(other.operations) <= set(finding.operations):
        return False
    if finding.rule == "credentials" and finding.about == NO_CREDENTIALS:
        return other.rule in ("credentials", "credentials-first")
    is_crash = finding.violation.rule.startswith("status 5")
    return is_crash and bool(other.check and other.steps) and other.steps[-1].response.status >= 500
