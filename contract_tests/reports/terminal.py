"""The verdict as text, with what a person needs to act on it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from ..findings.findings import Finding
from ..findings.verdict import Verdict

MOST_NAMED = 3  # of several things that share a reason


def lines(verdict: Verdict) -> Iterator[str]:
    """The verdict, what it rests on, and each finding."""
    yield verdict.headline
    if verdict.trouble:
        return
    yield from _rest(verdict)
    for number, finding in enumerate(verdict.findings, 1):
        yield ""
        first, *more = told(finding, verdict.findings_folder)
        yield f"{number}. {first}"
        yield from more


def _rest(verdict: Verdict) -> Iterator[str]:
    if verdict.complete:
        yield f"  seen: {seen(verdict)}"
    checked = [("", verdict.operations.unverified), ("", _others(verdict))]
    if verdict.complete:
        checked += [("rule ", verdict.rules.unverified), ("state ", verdict.states.unverified)]
    for kind, unverified in checked:
        for names, why in grouped(unverified):
            yield f"  not verified: {kind}{names}: {why}"
    if not verdict.shard.whole:
        yield f"  the rest: contract-tests merge makes one verdict of all {verdict.shard.of} shards"
    for names, why in grouped(verdict.unasked):
        yield f"  not asked: {names}: {why}"
    for finding, entry in verdict.accepted:
        until = f" until {entry.expires}" if entry.expires else ""
        yield f"  accepted{until}: {entry} ({finding.count} times): {entry.reason}"
    for trouble in verdict.outdated:
        yield f"  out of date: {trouble}"


def _others(verdict: Verdict) -> dict[str, str]:
    told = verdict.operations.unverified
    return {name: why for name, why in verdict.unverified.items() if name not in told}


def seen(verdict: Verdict) -> str:
    """How much of the contract was seen, in a line."""
    told = [
        f"{len(parted['seen'])} of {len(parted['seen']) + len(parted['not_seen'])} {noun}"
        for kind, noun in (
            ("statuses", "documented statuses"),
            ("properties", "forms of properties"),
            ("words", "words of enums"),
        )
        if (parted := verdict.coverage[kind])
    ]
    return ", ".join([*told, f"{len(verdict.coverage['transitions'])} transitions"])


def grouped(unverified: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Things that share a reason, named together."""
    by_reason: dict[str, list[str]] = defaultdict(list)
    for name, why in unverified.items():
        by_reason[why].append(name)
    for why, names in by_reason.items():
        yield named(names), why


def named(names: Sequence[str]) -> str:
    """The first few of several names."""
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more


def told(finding: Finding, folder: str) -> Iterator[str]:
    """A finding: who, what should be so and was not, where, and how to see it again."""
    violation = finding.violation
    times = f"  ({finding.count} times)" if finding.count > 1 else ""
    yield f"{named(finding.names)}  [{violation.rule}]{times}"
    since = "since:" if violation.rule.startswith("status") else "cure:"
    for label, text in (
        ("should:", violation.message),
        (since, violation.fix),
        ("found:", violation.found),
        ("at:", named(finding.pointers)),
        ("rule:", finding.place),
        *(("before:", line) for line in finding.curl[:-1]),
        ("see it:", finding.curl[-1]),
    ):
        if text:
            yield f"    {label:<7} {text}"
    yield f"    again:  contract-tests replay {Path(folder) / f'{finding.id}.json'}"
