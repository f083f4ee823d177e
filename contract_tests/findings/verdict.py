"""The verdict of a run: findings, what was verified, and what was not verified and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from mock_server.contract.document.requirements import ERROR

from ..config.options import BaselineEntry
from ..config.sharding import SINGLE_SHARD, Shard
from ..exit_codes import BROKEN, HOLDS, UNJUDGED
from ..target.redaction import TokenRedaction
from .findings import Finding

PLURALS = {"outdated baseline entry": "outdated baseline entries"}
RESULTS = {HOLDS: "holds", BROKEN: "does not hold", UNJUDGED: "could not be judged"}


def duration(seconds: float, decimals: int = 1) -> str:
    """Return a readable duration, such as ``12.3 s`` or ``2 min 5 s``."""
    if seconds < 60:
        return f"{seconds:.{decimals}f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s"


@dataclass(frozen=True)
class Checked:
    """The operations, rules or states that a run was expected to verify, and the result.

    unverified: name → reason, without those that have a finding.
    in_other_shards: names that other shards may verify. not_offered: optional operations that the
    target does not offer; they are not expected. excluded: operations that `--read-only` excludes;
    they are not expected either.
    """

    expected: tuple[str, ...] = ()
    verified: frozenset[str] = frozenset()
    unverified: Mapping[str, str] = field(default_factory=dict)
    in_other_shards: frozenset[str] = frozenset()
    not_offered: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()

    def __str__(self) -> str:
        total = len(self.expected) + len(self.not_offered) + len(self.excluded)
        return f"{len(self.verified)} of {total}"

    @property
    def remark(self) -> str:
        """Why some names could not be verified, in parentheses; empty if all could."""
        reasons = (
            (len(self.not_offered), "optional and not offered"),
            (len(self.excluded), "not called because of --read-only"),
        )
        texts = [f"{number} {reason}" for number, reason in reasons if number]
        return f" ({', '.join(texts)})" if texts else ""


@dataclass(frozen=True)
class Verdict:
    """The result of a run.

    exchanges: the number of requests that had a response.
    unverified: name → reason, for each operation or check that could not run or be judged.
    skipped: name → reason, for each one that the settings or the data of the target left out.
    accepted: the findings that the baseline accepts, each with its entry.
    outdated: messages about baseline entries that have expired or match no finding.
    coverage: see `run.coverage.coverage_data`.
    all_checks_ran: whether the run, or its shard, ran all its checks to the end.
    stopped: why the run ended before its last check; empty if it did not. The findings are those
    before that.
    error: why the target could not be judged at all; empty if it was judged.
    spec: the path of the contract.
    seconds: the duration of the run.
    run_settings: the settings that must be equal in all shards of a run.
    accept_entries: all entries of the baseline.
    shard_by_finding: finding id → the shard of its example, in a merged verdict.
    strict: whether findings of level strict fail the run too.
    selection: whether the user selected some of the checks.
    recorded: whether recorded exchanges were judged, instead of a server.
    """

    target: str
    findings: tuple[Finding, ...] = ()
    operations: Checked = Checked()
    rules: Checked = Checked()
    states: Checked = Checked()
    exchanges: int = 0
    seed: int = 0
    unverified: Mapping[str, str] = field(default_factory=dict)
    skipped: Mapping[str, str] = field(default_factory=dict)
    accepted: tuple[tuple[Finding, BaselineEntry], ...] = ()
    outdated: tuple[str, ...] = ()
    coverage: Mapping[str, Any] = field(default_factory=dict)
    all_checks_ran: bool = True
    stopped: str = ""
    error: str = ""
    spec: str = "openapi.yaml"
    findings_folder: str = ""
    started_at: datetime = datetime(1970, 1, 1, tzinfo=UTC)
    seconds: float = 0.0
    redaction: TokenRedaction = field(default_factory=lambda: TokenRedaction({}))
    shard: Shard = SINGLE_SHARD
    run_settings: Mapping[str, Any] = field(default_factory=dict)
    accept_entries: tuple[BaselineEntry, ...] = ()
    shard_by_finding: Mapping[str, Shard] = field(default_factory=dict)
    strict: bool = False
    selection: bool = False
    recorded: bool = False

    @property
    def failing(self) -> tuple[Finding, ...]:
        """The findings for which the contract does not hold."""
        return tuple(each for each in self.findings if self.strict or each.level == ERROR)

    @property
    def exit_code(self) -> int:
        """0 if the contract holds, 1 if it does not, 2 if it could not be judged completely.

        A run that stopped before its end has 2, with or without findings.

        What other shards may verify does not count.
        """
        if self.stopped:
            return UNJUDGED
        if self.failing or self.outdated:
            return BROKEN
        complete = self.any_judged and not self.operations.unverified
        return HOLDS if complete and not self.unverified and not self.error else UNJUDGED

    @property
    def any_judged(self) -> bool:
        """Whether responses were judged: an operation was verified, or violations are known."""
        known = bool(self.operations.verified or self.accepted or self.findings)
        return known or not self.shard.is_single or (self.selection and self.exchanges > 0)

    @property
    def complete(self) -> bool:
        """Whether all checks of the whole run ran, not only those of one shard."""
        return self.all_checks_ran and self.shard.is_single

    @property
    def result(self) -> str:
        """The result in a few words."""
        so_far = " so far" if self.exit_code == HOLDS and not self.shard.is_single else ""
        return RESULTS[self.exit_code] + so_far

    @property
    def extent(self) -> str:
        """How much was verified, in one line."""
        shard = "" if self.shard.is_single else f", shard {self.shard}"
        counted = (("rules", self.rules), ("states", self.states))
        others = "".join(f", {each} {noun}" for noun, each in counted if each.expected)
        time, seed = duration(self.seconds), f", seed {self.seed}{shard}"
        made = (
            f"{self.exchanges} exchanges"
            if self.recorded
            else (f"{self.exchanges} requests in {time}{seed}")
        )
        return f"{self.operations} operations{self.operations.remark}{others} verified ({made})"

    @property
    def problem(self) -> str:
        """Why the target was not judged to the end; empty if it was."""
        return ": ".join(filter(None, (self.stopped, self.error)))

    @property
    def headline(self) -> str:
        """The verdict in one line."""
        if self.error:
            return self.problem
        tolerated = len(self.findings) - len(self.failing)
        known = _counts((len(self.accepted), "known violation"), (tolerated, "strict finding"))
        problems = _counts(
            (len(self.failing), "finding"), (len(self.outdated), "outdated baseline entry")
        )
        if self.stopped:
            problems = f"{self.stopped}; before that: {problems}".removesuffix(": ")
        result = f"{self.result}, with {known}" if known else self.result
        return f"{result}: {problems}; {self.extent}" if problems else f"{result}: {self.extent}"


def _counts(*counted: tuple[int, str]) -> str:
    """Return numbers with their nouns, without zeros, such as ``1 finding, 2 entries``."""
    return ", ".join(
        f"1 {noun}" if number == 1 else f"{number} {PLURALS.get(noun, noun + 's')}"
        for number, noun in counted
        if number
    )
