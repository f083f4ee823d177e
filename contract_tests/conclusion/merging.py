"""One verdict of those of the shards of a run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from ..config.sharding import WHOLE, Shard
from ..exit_codes import CannotJudgeError
from ..findings import baseline
from ..findings.findings import Finding
from ..findings.verdict import Checked, Verdict
from .outcome import NO_SUCCESS, NOT_ASKED, NOT_SHOWN

LONGEST = timedelta(days=1)  # between the beginnings of two shards of one run
APART = ("spec",)  # where the contract lies may differ, as long as it is the same
NOT_ALL = "not all of its checks were run"
Named = tuple[str, Verdict]  # a verdict with the name of its file


def merged(shards: Sequence[Named], day: date) -> Verdict:
    """The verdict of the run that these are all shards of. day: on which entries must be good.

    Raises CannotJudgeError with everything that keeps them from being that.
    """
    problems = list(_problems(shards))
    if problems:
        raise CannotJudgeError("\n".join(problems))
    verdicts = [verdict for _, verdict in sorted(shards, key=lambda each: each[1].shard.number)]
    first, begun = verdicts[0], [each for each in verdicts if not each.trouble]
    if not begun:
        return replace(first, shard=WHOLE)
    findings, found_in = _findings(begun)
    entries = first.entries
    open_, known = baseline.parted(findings, entries, day)
    whole = all(each.whole and not each.trouble for each in verdicts)
    began = min(each.began for each in begun)
    ended = max(each.began + timedelta(seconds=each.seconds) for each in begun)
    broken = {name for finding in findings for name in finding.operations}
    rules = {finding.violation.rule for finding in findings}
    unverified = {name: why for each in begun for name, why in each.unverified.items()}
    operations = _checked([each.operations for each in begun], broken, NO_SUCCESS)
    told = {name: why for name, why in unverified.items() if name in operations.asked}
    troubles = {f"shard {each.shard}": each.trouble for each in verdicts if each.trouble}
    if any(each.whole for each in begun):
        troubles |= {f"shard {each.shard}": NOT_ALL for each in begun if not each.whole}
    return replace(
        begun[0],
        findings=open_,
        operations=replace(operations, unverified={**operations.unverified, **told}),
        rules=_checked([each.rules for each in begun], rules, NOT_ASKED),
        states=_checked([each.states for each in begun], set(), NOT_SHOWN),
        exchanges=sum(each.exchanges for each in begun),
        unverified={**unverified, **troubles},
        unasked={name: why for each in begun for name, why in each.unasked.items()},
        accepted=known,
        outdated=tuple(baseline.outdated(findings, entries, day, whole)),
        coverage=_coverage([each.coverage for each in begun]),
        whole=whole,
        began=began,
        seconds=(ended - began).total_seconds(),
        shard=WHOLE,
        found_in=found_in,
    )


def _problems(shards: Sequence[Named]) -> Iterator[str]:
    """Why these are not all shards of one run."""
    first_name, first = shards[0]
    by_number: dict[int, str] = {}
    for name, verdict in shards:
        shard = verdict.shard
        if shard.of != first.shard.of:
            yield f"{first_name} is shard {first.shard} and {name} is shard {shard}: of other runs"
        elif shard.number in by_number:
            yield f"shard {shard} is there twice: {by_number[shard.number]} and {name}"
        by_number.setdefault(shard.number, name)
        for term, (one, other) in _differing(first, verdict).items():
            yield f"{term} is {one} in {first_name} and {other} in {name}: of other runs"
    begun = [(verdict.began, name) for name, verdict in shards if not verdict.trouble]
    if begun and max(begun)[0] - min(begun)[0] > LONGEST:
        (early, one), (late, other) = min(begun), max(begun)
        yield f"{one} began {early:%Y-%m-%d %H:%M} and {other} {late:%Y-%m-%d %H:%M}: of other runs"
    missing = [str(each) for each in range(1, first.shard.of + 1) if each not in by_number]
    if missing:
        what = "shard" if len(missing) == 1 else "shards"
        yield f"{what} {', '.join(missing)} of {first.shard.of} missing: give the verdict of each"


def _differing(one: Verdict, other: Verdict) -> dict[str, tuple[Any, Any]]:
    """What the runs of two shards were told otherwise."""
    told, also = _terms(one), _terms(other)
    names = dict.fromkeys((*told, *also))
    return {
        name: (told.get(name), also.get(name)) for name in names if told.get(name) != also.get(name)
    }


def _terms(verdict: Verdict) -> dict[str, Any]:
    terms = {name: value for name, value in verdict.terms.items() if name not in APART}
    listed = {name: list(v) if isinstance(v, tuple) else v for name, v in terms.items()}
    entries = [f"{entry}: {entry.expires}" for entry in verdict.entries]
    told = {"target": verdict.target.rstrip("/"), "seed": verdict.seed, **listed}
    return {**told, "accept": entries}


def _findings(verdicts: Iterable[Verdict]) -> tuple[tuple[Finding, ...], dict[str, Shard]]:
    """Every finding once, and by its id the shard that its example is of."""
    findings: dict[tuple[str, str], Finding] = {}
    found_in: dict[str, Shard] = {}
    for verdict in verdicts:
        for finding in (*verdict.findings, *(each for each, _ in verdict.accepted)):
            before = findings.get(finding.key)
            now = before.merged(finding) if before else finding
            if before is None or now.curl != before.curl:
                found_in[finding.id] = verdict.found_in.get(finding.id, verdict.shard)
            findings[finding.key] = now
    return tuple(findings.values()), found_in


def _checked(all_of: Sequence[Checked], broken: set[str], otherwise: str) -> Checked:
    """What any shard has verified is. otherwise: the reason when none tells one."""
    asked = tuple(dict.fromkeys(name for each in all_of for name in each.asked))
    verified = frozenset(name for each in all_of for name in each.verified) - broken
    told = {name: why for each in reversed(all_of) for name, why in each.unverified.items()}
    missing = [name for name in asked if name not in verified | broken]
    return Checked(asked, verified, {name: told.get(name, otherwise) for name in missing})


def _coverage(all_of: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """By kind, what any shard has seen; of changes, how often all have."""
    coverage: dict[str, Any] = {}
    for kind in dict.fromkeys(kind for each in all_of for kind in each):
        told = [each[kind] for each in all_of if kind in each]
        if kind == "transitions":
            moves = sorted({move for each in told for move in each})
            coverage[kind] = {move: sum(each.get(move, 0) for each in told) for move in moves}
        else:
            seen = dict.fromkeys(name for each in told for name in each["seen"])
            unseen = [name for name in told[0]["not_seen"] if name not in seen]
            coverage[kind] = {"seen": list(seen), "not_seen": unseen}
    return coverage
