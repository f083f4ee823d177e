"""GitHub Actions: findings as annotations, and the verdict as the summary of a step."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..findings.findings import Finding
from ..findings.verdict import Verdict
from .sarif import source_location
from .terminal import coverage_summary, group_by_reason

ESCAPES = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
PROPERTY_ESCAPES = ESCAPES | str.maketrans({":": "%3A", ",": "%2C"})


def commands(verdict: Verdict) -> Iterator[str]:
    """Yield a workflow command for each finding, outdated baseline entry and error."""
    if verdict.problem:
        yield _error(verdict.problem)
    for finding in verdict.findings:
        yield _annotation("error", finding)
    for finding, _ in verdict.accepted:
        yield _annotation("notice", finding)
    for problem in verdict.outdated:
        yield _error(problem)


def _error(message: str) -> str:
    return f"::error title=contract::{message.translate(ESCAPES)}"


def _annotation(level: str, finding: Finding) -> str:
    file, line, column = source_location(finding)
    violation = finding.violation
    names = ", ".join(finding.operation_names)
    title = f"{violation.rule} ({names})".translate(PROPERTY_ESCAPES)
    found = f"\nfound {violation.found}" if violation.found else ""
    message = f"{violation.message}{found}\n{finding.curl[-1]}".translate(ESCAPES)
    location = f"file={file.translate(PROPERTY_ESCAPES)},line={line},col={column}"
    return f"::{level} {location},title={title}::{message}"


def summary(verdict: Verdict) -> str:
    """Return the verdict as Markdown."""
    return "\n".join(_summary(verdict)) + "\n"


def _summary(verdict: Verdict) -> Iterator[str]:
    yield f"## The contract {verdict.result}"
    yield ""
    yield _escaped(verdict.headline)
    if verdict.findings:
        yield from ["", "| rule | operations | expected | found | count |", "|---|---|---|---|---|"]
    for finding in verdict.findings:
        violation = finding.violation
        operations = ", ".join(finding.operation_names)
        cells = (violation.rule, operations, violation.message, violation.found)
        yield f"| {' | '.join(map(_escaped, cells))} | {finding.count} |"
    for finding, entry in verdict.accepted:
        yield from ["", f"Accepted: {_escaped(str(entry))} ({finding.count} times)"]
    for problem in verdict.outdated:
        yield from ["", f"Outdated baseline entry: {_escaped(problem)}"]
    checked = (verdict.operations, verdict.rules, verdict.states)
    unverified = [pair for each in checked for pair in group_by_reason(each.unverified)]
    if unverified and not verdict.error:
        yield ""
        for names, reason in unverified:
            yield f"- not verified: {_escaped(names)}: {_escaped(reason)}"
    if verdict.coverage:
        yield from ["", f"Coverage: {coverage_summary(verdict)}."]


def _escaped(text: str) -> str:
    """Return text on one line, without characters that Markdown interprets."""
    return re.sub(r"([\\`*_{}\[\]<>|#])", r"\\\1", " ".join(text.split()))
