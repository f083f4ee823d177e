"""Violations that are known: an entry for each, which must still be found and not be expired."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from ..config.options import BaselineEntry
from .findings import Finding

GRACE = timedelta(days=90)  # for which a list that is begun accepts what is in it


def today() -> date:
    """The day that it is, in UTC."""
    return datetime.now(UTC).date()


def accepts(entry: BaselineEntry, finding: Finding) -> bool:
    """Whether an entry speaks of a finding."""
    return entry.operation in finding.operations and resembles(entry, finding)


def resembles(entry: BaselineEntry, finding: Finding) -> bool:
    """Whether an entry speaks of a defect of which one operation has shown this so far."""
    return entry.rule == finding.violation.rule and entry.about in (None, finding.about)


def parted(
    findings: Iterable[Finding], entries: Iterable[BaselineEntry], day: date
) -> tuple[tuple[Finding, ...], tuple[tuple[Finding, BaselineEntry], ...]]:
    """The findings that nothing accepts, and the others with the entry of each."""
    valid = [each for each in entries if each.expires is None or each.expires >= day]
    still_open, known = [], []
    for finding in findings:
        entry = next((each for each in valid if accepts(each, finding)), None)
        if entry is None:
            still_open.append(finding)
        else:
            known.append((finding, entry))
    return tuple(still_open), tuple(known)


def outdated(
    findings: Iterable[Finding], entries: Iterable[BaselineEntry], day: date, whole: bool
) -> Iterator[str]:
    """What is wrong with entries that are expired, or that accept nothing any more.

    whole: whether every check was run; else nobody knows what is gone.
    """
    found = list(findings)
    for entry in entries:
        if entry.expires is not None and entry.expires < day:
            yield f"{entry.place}: {entry} was accepted until {entry.expires}: mend it"
        elif whole and not any(accepts(entry, finding) for finding in found):
            yield f"{entry.place}: {entry} is not found any more: take the entry out"


def write_baseline(file: Path, findings: Iterable[Finding], expires: date) -> int:
    """Adds an entry for each finding to a file of settings; returns how many."""
    entries = [_entry(finding, expires) for finding in findings]
    if entries:
        before = file.read_text("utf-8").rstrip() + "\n\n" if file.exists() else ""
        file.write_text(before + "\n".join(entries), "utf-8")
    return len(entries)


def _entry(finding: Finding, expires: date) -> str:
    told = {
        "rule": finding.violation.rule,
        "operation": finding.names[0],
        "about": finding.about,
        "reason": f"known when the list was begun: {finding.violation.message}",
    }
    lines = [f"{key} = {json.dumps(text, ensure_ascii=False)}" for key, text in told.items()]
    return "\n".join(["[[accept]]", *lines, f"expires = {expires}", ""])
