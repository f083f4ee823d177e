"""Merge the verdicts of all shards of a run into one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from ..config.sharding import SINGLE_SHARD, Shard
from ..exit_codes import CannotJudgeError
from ..findings import baseline
from ..findings.findings import Finding, in_order, without_explained
from ..findings.verdict import Checked, Verdict
from .outcome import NO_SUCCESS, NOT_APPLIED, NOT_SHOWN

LONGEST_RUN = timedelta(days=1)  # between the starts of the first and the last shard
MAY_DIFFER = ("spec", "overlay")  # the paths of the contract; its content must be equal
INCOMPLETE = "not all of its checks ran"
NamedVerdict = tuple[str, Verdict]  # a verdict with the name of its file


def merged(shards: Sequence[NamedVerdict], day: date) -> Verdict:
    """Return the verdict of the run that these shards belong to.

    day: the date for which baseline entries must be valid. Raises CannotJudgeError with all
    problems if the verdicts are not exactly the shards of one run.
    """
    problems = list(_problems(shards))
    if problems:
        raise CannotJudgeError("\n".join(problems))
    verdicts = [verdict for _, verdict in sorted(shards, key=lambda named: named[1].shard.number)]
    judged = [verdict for verdict in verdicts if not verdict.error]
    if not judged:
        return replace(verdicts[0], shard=SINGLE_SHARD)
    all_checks_ran = all(each.all_checks_ran and not each.error for each in verdicts)
    findings, shard_by_finding = _merge_findings(judged)
    unverified = _union(verdict.unverified for verdict in judged)
    merged_verdict = replace(
        judged[0],
        operations=_merge_operations(judged, findings, unverified),
        rules=_merge_rules(judged, findings),
        states=_merge_checked([verdict.states for verdict in judged], set(), NOT_SHOWN),
        exchanges=sum(verdict.exchanges for verdict in judged),
        unverified={**unverified, **_incomplete_shards(verdicts)},
        skipped=_union(verdict.skipped for verdict in judged),
        coverage=_merge_coverage([verdict.coverage for verdict in judged]),
        all_checks_ran=all_checks_ran,
        stopped="; ".join(f"shard {v.shard}: {v.stopped}" for v in verdicts if v.stopped),
        started_at=min(verdict.started_at for verdict in judged),
        seconds=_duration(judged).total_seconds(),
        shard=SINGLE_SHARD,
        shard_by_finding=shard_by_finding,
    )
    return _with_baseline(merged_verdict, findings, day)


def _with_baseline(verdict: Verdict, findings: Sequence[Finding], day: date) -> Verdict:
    """Return a verdict with these findings, split by whether a baseline entry accepts them."""
    entries = verdict.accept_entries
    unaccepted, accepted = baseline.split_accepted(findings, entries, day)
    outdated = baseline.outdated(findings, entries, day, verdict.all_checks_ran)
    return replace(verdict, findings=unaccepted, accepted=accepted, outdated=tuple(outdated))


def _problems(shards: Sequence[NamedVerdict]) -> Iterator[str]:
    """Yield the reasons why these verdicts are not exactly the shards of one run."""
    first_name, first = shards[0]
    names: dict[int, str] = {}
    for name, verdict in shards:
        shard = verdict.shard
        if shard.of != first.shard.of:
            yield (
                f"{first_name} is shard {first.shard} and {name} is shard {shard}:"
                " they belong to different runs"
            )
        elif shard.number in names:
            yield f"duplicate shard {shard}: {names[shard.number]} and {name}"
        names.setdefault(shard.number, name)
        for setting, (expected, value) in _differences(first, verdict).items():
            yield (
                f"{setting} is {expected} in {first_name} and {value} in {name}:"
                " they belong to different runs"
            )
    yield from _too_far_apart(shards)
    missing = [str(number) for number in range(1, first.shard.of + 1) if number not in names]
    if missing:
        noun = "shard" if len(missing) == 1 else "shards"
        yield (
            f"missing {noun} {', '.join(missing)} of {first.shard.of};"
            " pass the verdict files of all shards"
        )


def _too_far_apart(shards: Sequence[NamedVerdict]) -> Iterator[str]:
    starts = [(verdict.started_at, name) for name, verdict in shards if not verdict.error]
    if starts and max(starts)[0] - min(starts)[0] > LONGEST_RUN:
        (first_start, first_name), (last_start, last_name) = min(starts), max(starts)
        yield (
            f"{first_name} started {first_start:%Y-%m-%d %H:%M} and {last_name} started"
            f" {last_start:%Y-%m-%d %H:%M}: they belong to different runs"
        )


def _differences(first: Verdict, other: Verdict) -> dict[str, tuple[Any, Any]]:
    """Return the settings that differ between the runs of two verdicts, with both values."""
    settings, others = _settings(first), _settings(other)
    return {
        name: (settings.get(name), others.get(name))
        for name in dict.fromkeys((*settings, *others))
        if settings.get(name) != others.get(name)
    }


def _settings(verdict: Verdict) -> dict[str, Any]:
    """Return the settings that must be equal in all shards, in the form that JSON gives them."""
    values = {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in verdict.run_settings.items()
        if name not in MAY_DIFFER
    }
    return {
        "target": verdict.target.rstrip("/"),
        "seed": verdict.seed,
        **values,
        "accept": [f"{entry}: {entry.expires}" for entry in verdict.accept_entries],
    }


def _duration(verdicts: Sequence[Verdict]) -> timedelta:
    """Return the time from the first start to the last end."""
    ends = (verdict.started_at + timedelta(seconds=verdict.seconds) for verdict in verdicts)
    return max(ends) - min(verdict.started_at for verdict in verdicts)


def _union(mappings: Iterable[Mapping[str, str]]) -> dict[str, str]:
    return {name: reason for mapping in mappings for name, reason in mapping.items()}


def _incomplete_shards(verdicts: Sequence[Verdict]) -> dict[str, str]:
    """Return the shards that could not judge the target, or that ran only some of their checks."""
    reasons = {f"shard {each.shard}": each.error for each in verdicts if each.error}
    judged = [each for each in verdicts if not each.error]
    # If no shard ran all checks, the user selected some of them in all shards.
    if any(each.all_checks_ran for each in judged):
        reasons |= {f"shard {each.shard}": INCOMPLETE for each in judged if not each.all_checks_ran}
    return reasons


def _merge_findings(
    verdicts: Iterable[Verdict],
) -> tuple[tuple[Finding, ...], dict[str, Shard]]:
    """Return every finding once, accepted or not, and for its id the shard of its example."""
    findings: dict[tuple[str, str], Finding] = {}
    shard_by_finding: dict[str, Shard] = {}
    for verdict in verdicts:
        for finding in (*verdict.findings, *(each for each, _ in verdict.accepted)):
            earlier = findings.get(finding.key)
            both = earlier.merged(finding) if earlier else finding
            if earlier is None or both.curl != earlier.curl:
                shard = verdict.shard_by_finding.get(finding.id, verdict.shard)
                shard_by_finding[finding.id] = shard
            findings[finding.key] = both
    return in_order(without_explained(findings.values())), shard_by_finding


def _merge_operations(
    verdicts: Sequence[Verdict], findings: Iterable[Finding], unverified: Mapping[str, str]
) -> Checked:
    """Return the merged operations. unverified: reasons that take precedence over the general
    one."""
    broken = {name for finding in findings for name in finding.operations}
    merged_operations = _merge_checked(
        [verdict.operations for verdict in verdicts], broken, NO_SUCCESS
    )
    reasons = {n: why for n, why in unverified.items() if n in merged_operations.expected}
    return replace(merged_operations, unverified={**merged_operations.unverified, **reasons})


def _merge_rules(verdicts: Sequence[Verdict], findings: Iterable[Finding]) -> Checked:
    broken = {finding.violation.rule for finding in findings}
    return _merge_checked([verdict.rules for verdict in verdicts], broken, NOT_APPLIED)


def _merge_checked(parts: Sequence[Checked], broken: set[str], default_reason: str) -> Checked:
    """Return everything that at least one shard verified as verified, except what is broken.

    default_reason: for a name that no shard verified, and for which no shard has a reason.
    """
    expected = tuple(dict.fromkeys(name for part in parts for name in part.expected))
    verified = frozenset(name for part in parts for name in part.verified) - broken
    reasons = _union(part.unverified for part in reversed(parts))
    missing = [name for name in expected if name not in verified | broken]
    unverified = {name: reasons.get(name, default_reason) for name in missing}
    names = dict.fromkeys(name for part in parts for name in part.not_offered)
    not_offered = tuple(name for name in names if name not in expected)
    excluded = tuple(dict.fromkeys(name for part in parts for name in part.excluded))
    return Checked(expected, verified, unverified, not_offered=not_offered, excluded=excluded)


def _merge_coverage(parts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return, for each kind, what at least one shard saw; for status changes the total counts."""
    coverage: dict[str, Any] = {}
    for kind in dict.fromkeys(kind for part in parts for kind in part):
        members = [part[kind] for part in parts if kind in part]
        if kind == "transitions":
            changes = sorted({change for counts in members for change in counts})
            coverage[kind] = {
                change: sum(counts.get(change, 0) for counts in members) for change in changes
            }
        else:
            seen = dict.fromkeys(name for member in members for name in member["seen"])
            unseen = [name for name in members[0]["not_seen"] if name not in seen]
            coverage[kind] = {"seen": list(seen), "not_seen": unseen}
    return coverage
