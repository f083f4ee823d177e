"""What a run found, what it could not verify and why, and how that is told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from mock_server.contract.violations import Violation

HOLDS, BROKEN, UNJUDGED = 0, 1, 2


class CannotJudgeError(Exception):
    """The target cannot be judged; its text says why, and what cures it, in one line."""


@dataclass(frozen=True)
class Finding:
    """One way in which an operation breaks the contract, and how often it was seen.

    operation: an operationId, or a method and a path when the request reaches no operation.
    curl: a command that shows it again.
    """

    operation: str
    violation: Violation
    curl: str
    count: int = 1

    @property
    def key(self) -> tuple[str, str, str]:
        """Findings with the same key are the same: operation, rule and property."""
        named = [part for part in self.violation.pointer.split("/") if not part.isdecimal()]
        subject = named[-1] if named and named[-1] else self.violation.message
        return self.operation, self.violation.rule, subject

    def __str__(self) -> str:
        return f"{self.operation}: {self.violation}"

    def lines(self) -> Iterable[str]:
        """The finding as it is told at the end of a run."""
        violation = self.violation
        times = f"  ({self.count} times)" if self.count > 1 else ""
        yield f"{self.operation}  [{violation.rule}]{times}"
        yield f"    should: {violation.message}"
        if violation.cure:
            yield f"    since:  {violation.cure}"
        if violation.pointer:
            yield f"    at:     {violation.pointer}"
        if violation.found:
            yield f"    found:  {violation.found}"
        yield f"    see it: {self.curl}"


@dataclass(frozen=True)
class Verdict:
    """The whole of a run.

    asked: the operations that the run was to verify; verified: those that it did.
    unverified: what it was to verify and could not, and why; unasked: what it was not to, and why.
    """

    findings: tuple[Finding, ...]
    asked: tuple[str, ...]
    verified: frozenset[str]
    rules: int
    rules_asked: int
    exchanges: int
    seed: int
    unverified: Mapping[str, str] = field(default_factory=dict)
    unasked: Mapping[str, str] = field(default_factory=dict)

    @property
    def exit_code(self) -> int:
        if self.findings:
            return BROKEN
        return HOLDS if self.verified and not self.unverified else UNJUDGED

    def lines(self) -> Iterable[str]:
        """The verdict, and then all that it rests on."""
        extent = (
            f"{len(self.verified)} of {len(self.asked)} operations verified, "
            f"{self.rules_asked} of {self.rules} rules asked "
            f"({self.exchanges} requests, seed {self.seed})"
        )
        number = len(self.findings)
        yield {
            HOLDS: f"holds: {extent}",
            BROKEN: f"does not hold: {number} finding{'s' if number != 1 else ''}; {extent}",
            UNJUDGED: f"could not be judged: {extent}",
        }[self.exit_code]
        for title, told in (("not verified", self.unverified), ("not asked", self.unasked)):
            for what, why in told.items():
                yield f"  {title}: {what}: {why}"
        for number, finding in enumerate(self.findings, 1):
            yield ""
            first, *rest = finding.lines()
            yield f"{number}. {first}"
            yield from rest
