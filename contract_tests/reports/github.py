"""The findings as annotations of GitHub Actions, and the verdict as the summary of a step."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..findings.findings import Finding
from ..findings.verdict import Verdict
from .sarif import located
from .terminal import grouped, seen

ESCAPES = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
ESCAPES_OF_VALUES = ESCAPES | str.maketrans({":": "%3A", ",": "%2C"})


def commands(verdict: Verdict) -> Iterator[str]:
    """A workflow command for each finding, and for what could not be judged."""
    if verdict.trouble:
        yield f"::error title=contract::{verdict.trouble.translate(ESCAPES)}"
    for finding in verdict.findings:
        yield _annotation("error", finding)
    for finding, _ in verdict.accepted:
        yield _annotation("notice", finding)
    for trouble in verdict.outdated:
        yield f"::error title=contract::{trouble.translate(ESCAPES)}"


def _annotation(level: str, finding: Finding) -> str:
    file, line, column = located(finding)
    violation = finding.violation
    names = ", ".join(finding.names)
    title = f"{violation.rule} ({names})".translate(ESCAPES_OF_VALUES)
    found = f"\nfound {violation.found}" if violation.found else ""
    told = f"{violation.message}{found}\n{finding.curl[-1]}".translate(ESCAPES)
    at = f"file={file.translate(ESCAPES_OF_VALUES)},line={line},col={column}"
    return f"::{level} {at},title={title}::{told}"


def summary(verdict: Verdict) -> str:
    """The verdict as Markdown."""
    return "\n".join(_summary(verdict)) + "\n"


def _summary(verdict: Verdict) -> Iterator[str]:
    yield f"## The contract {verdict.word}"
    yield ""
    yield _plain(verdict.headline)
    if verdict.findings:
        yield from ["", "| rule | operations | should | found | times |", "|---|---|---|---|---|"]
    for finding in verdict.findings:
        violation = finding.violation
        cells = (violation.rule, ", ".join(finding.names), violation.message, violation.found)
        yield f"| {' | '.join(map(_plain, cells))} | {finding.count} |"
    for finding, entry in verdict.accepted:
        yield from ["", f"Accepted: {_plain(str(entry))} ({finding.count} times)"]
    for trouble in verdict.outdated:
        yield from ["", f"Out of date: {_plain(trouble)}"]
    checked = (verdict.operations, verdict.rules, verdict.states)
    listed = [pair for each in checked for pair in grouped(each.unverified)]
    if listed and not verdict.trouble:
        yield ""
        yield from (f"- not verified: {_plain(names)}: {_plain(why)}" for names, why in listed)
    if verdict.coverage:
        yield from ["", f"Seen: {seen(verdict)}."]


def _plain(text: str) -> str:
    """Text that Markdown leaves as it is, on one line."""
    return re.sub(r"([\\`*_{}\[\]<>|#])", r"\\\1", " ".join(text.split()))
