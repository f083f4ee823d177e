"""What a run comes to: what it found, what it verified, and what it could not verify and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from ..config.options import BaselineEntry
from ..config.sharding import WHOLE, Shard
from ..exit_codes import BROKEN, HOLDS, UNJUDGED
from ..target.redaction import TokenRedaction
from .findings import Finding

WORDS = {HOLDS: "holds", BROKEN: "does not hold", UNJUDGED: "could not be judged"}


@dataclass(frozen=True)
class Checked:
    """Things of one kind that a run was to verify: those that it did, and why not the others.

    unverified: a thing that is broken is not in it. elsewhere: what another shard is to verify, as
    far as this one can tell.
    """

    asked: tuple[str, ...] = ()
    verified: frozenset[str] = frozenset()
    unverified: Mapping[str, str] = field(default_factory=dict)
    elsewhere: frozenset[str] = frozenset()

    def __str__(self) -> str:
        return f"{len(self.verified)} of {len(self.asked)}"


@dataclass(frozen=True)
class Verdict:
    """The whole of a run.

    trouble: why nothing could be judged; empty when something was. unverified: what else the run
    was to verify and could not, and why; unasked: what it was not to, and why. accepted: findings
    that are known, with the entries that accept them; outdated: what is wrong with entries that
    accept nothing any more. coverage: by kind, what was seen and what was not. whole: whether all
    checks were run that are the shard's. spec: the contract as it was named. seconds: how long the
    run took. terms: what all shards of a run are told alike. entries: all that accept findings.
    found_in: by the id of a finding, the shard that its example is of, where that is another one.
    """

    target: str
    findings: tuple[Finding, ...] = ()
    operations: Checked = Checked()
    rules: Checked = Checked()
    states: Checked = Checked()
    exchanges: int = 0
    seed: int = 0
    unverified: Mapping[str, str] = field(default_factory=dict)
    unasked: Mapping[str, str] = field(default_factory=dict)
    accepted: tuple[tuple[Finding, BaselineEntry], ...] = ()
    outdated: tuple[str, ...] = ()
    coverage: Mapping[str, Any] = field(default_factory=dict)
    whole: bool = True
    trouble: str = ""
    spec: str = "openapi.yaml"
    findings_folder: str = ""
    began: datetime = datetime(1970, 1, 1, tzinfo=UTC)
    seconds: float = 0.0
    redaction: TokenRedaction = field(default_factory=lambda: TokenRedaction({}))
    shard: Shard = WHOLE
    terms: Mapping[str, Any] = field(default_factory=dict)
    entries: tuple[BaselineEntry, ...] = ()
    found_in: Mapping[str, Shard] = field(default_factory=dict)

    @property
    def exit_code(self) -> int:
        """0 when it holds, 1 when it does not, 2 when it could not be judged, or not wholly.

        What is left to the other shards does not count.
        """
        if self.findings or self.outdated:
            return BROKEN
        any_verified = self.operations.verified or not self.shard.whole
        wholly = any_verified and not self.operations.unverified
        return HOLDS if wholly and not self.unverified and not self.trouble else UNJUDGED

    @property
    def complete(self) -> bool:
        """Whether nothing was left out, and nothing to another shard."""
        return self.whole and self.shard.whole

    @property
    def word(self) -> str:
        """The verdict in a word or two."""
        so_far = " so far" if self.exit_code == HOLDS and not self.shard.whole else ""
        return WORDS[self.exit_code] + so_far

    @property
    def extent(self) -> str:
        """How much was verified, in a line."""
        shard = "" if self.shard.whole else f", shard {self.shard}"
        return (
            f"{self.operations} operations, {self.rules} rules, {self.states} states verified "
            f"({self.exchanges} requests, seed {self.seed}{shard})"
        )

    @property
    def headline(self) -> str:
        """The verdict in one line."""
        if self.trouble:
            return self.trouble
        counted = (
            (len(self.findings), "1 finding", "findings"),
            (len(self.outdated), "1 old entry", "old entries"),
        )
        told = [
            one if number == 1 else f"{number} {many}" for number, one, many in counted if number
        ]
        found = ", ".join(told) + "; " if told else ""
        return f"{self.word}: {found}{self.extent}"
