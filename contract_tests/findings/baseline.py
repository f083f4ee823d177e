"""The baseline: `[[accept]]` entries for violations that a run accepts for a limited time.

An entry must match a finding and must not have expired, so that the list can only get shorter.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from mock_server.contract.source.files import text_of
from mock_server.foundation import whole_files

from ..config.options import BaselineEntry
from .findings import Finding

BASELINE_PERIOD = timedelta(days=90)  # for which a new entry accepts its finding


def today() -> date:
    """Return the current date in UTC."""
    return datetime.now(UTC).date()


def accepts(entry: BaselineEntry, finding: Finding) -> bool:
    """Return whether an entry accepts a finding, without regard to its expiry date."""
    return entry.operation in (None, *finding.operations) and matches_defect(entry, finding)


def matches_defect(entry: BaselineEntry, finding: Finding) -> bool:
    """Return whether an entry names the rule and the subject of a finding, for any operation.

    During a run, a finding may not yet have been seen at the operation that the entry names.
    """
    return entry.rule == finding.rule and entry.about in (None, finding.about)


def split_accepted(
    findings: Iterable[Finding], entries: Iterable[BaselineEntry], day: date
) -> tuple[tuple[Finding, ...], tuple[tuple[Finding, BaselineEntry], ...]]:
    """Return the findings that no entry accepts on a day, and the accepted ones, each with its
    entry."""
    valid = [entry for entry in entries if entry.expires is None or entry.expires >= day]
    unaccepted, accepted = [], []
    for finding in findings:
        entry = next((each for each in valid if accepts(each, finding)), None)
        if entry is None:
            unaccepted.append(finding)
        else:
            accepted.append((finding, entry))
    return tuple(unaccepted), tuple(accepted)


def outdated(
    findings: Iterable[Finding], entries: Iterable[BaselineEntry], day: date, all_checks_ran: bool
) -> Iterator[str]:
    """Yield a message for each entry that has expired, or that matches no finding.

    Unless all checks ran, a missing finding does not prove that its defect is fixed: then only
    expired entries are reported.
    """
    all_findings = list(findings)
    for entry in entries:
        if entry.expires is not None and entry.expires < day:
            yield (
                f"{entry.location}: the entry for {entry} expired on {entry.expires};"
                " fix the violation, or set a later date"
            )
        elif all_checks_ran and not any(accepts(entry, finding) for finding in all_findings):
            yield f"{entry.location}: the entry for {entry} matches no finding; remove the entry"


def write_baseline(file: Path, findings: Iterable[Finding], expires: date) -> int:
    """Append an `[[accept]]` entry for each finding to a settings file; return their number."""
    entries = [_entry(finding, expires) for finding in findings]
    if entries:
        before = text_of(file).rstrip() + "\n\n" if file.exists() else ""
        whole_files.write(file, (before + "\n".join(entries)).encode())
    return len(entries)


def _entry(finding: Finding, expires: date) -> str:
    values = {
        "rule": finding.rule,
        "about": finding.about,
        "reason": f"found when the baseline was written: {finding.violation.message}",
    }
    # JSON strings are valid TOML strings.
    lines = [f"{key} = {json.dumps(text, ensure_ascii=False)}" for key, text in values.items()]
    return "\n".join(["[[accept]]", *lines, f"expires = {expires}", ""])
