"""GitHub Actions: findings as annotations, and the verdict as the summary of a step."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..findings.findings import Finding
from ..findings.verdict import Verdict
from .printable import printable
from .sarif import source_location
from .terminal import coverage_summary, explanation_label, group_by_reason, short_commands

MOST = 10  # annotations of a run
ESCAPES = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
PROPERTY_ESCAPES = ESCAPES | str.maketrans({":": "%3A", ",": "%2C"})


def commands(verdict: Verdict) -> Iterator[str]:
    """Yield workflow commands for errors, findings and baseline entries, the most important first.

    GitHub shows ten annotations of a step at most.
    """
    annotations = list(_annotations(verdict))
    listed = annotations[: MOST if len(annotations) <= MOST else MOST - 1]
    yield from listed
    if len(annotations) > MOST:
        more = len(annotations) - len(listed)
        yield f"::notice title=contract::{more} more: see the log of this step"


def _annotations(verdict: Verdict) -> Iterator[str]:
    if verdict.problem:
        yield _error(verdict.problem)
    for finding in verdict.findings:
        level = "error" if finding in verdict.failing else "warning"
        yield _annotation(level, finding, verdict.findings_folder)
    for problem in verdict.outdated:
        yield _error(problem)
    for finding, _ in verdict.accepted:
        yield _annotation("notice", finding, verdict.findings_folder)


def _error(message: str) -> str:
    return f"::error title=contract::{message.translate(ESCAPES)}"


def _annotation(level: str, finding: Finding, folder: str) -> str:
    file, line, column = source_location(finding)
    violation = finding.violation
    names = ", ".join(finding.operation_names)
    title = f"{finding.rule} ({names})".translate(PROPERTY_ESCAPES)
    found = f"\nfound {violation.found}" if violation.found else ""
    label, request = explanation_label(violation), short_commands(finding, folder)[-1]
    explanation = f"\n{label}: {violation.fix}" if violation.fix else ""
    message = f"{violation.message}{found}{explanation}\n{request}".translate(ESCAPES)
    location = f"file={file.translate(PROPERTY_ESCAPES)},line={line},col={column}"
    return f"::{level} {location},title={title}::{message}"


def summary(verdict: Verdict) -> str:
    """Return the verdict as Markdown."""
    return "\n".join(map(printable, _summary(verdict))) + "\n"


def _summary(verdict: Verdict) -> Iterator[str]:
    yield f"## The contract {verdict.result}"
    yield ""
    yield _escaped(verdict.headline)
    if verdict.findings:
        yield from ["", "| rule | operations | expected | found | count |", "|---|---|---|---|---|"]
    for finding in verdict.findings:
        violation = finding.violation
        operations = ", ".join(finding.operation_names)
        label = explanation_label(violation)
        explanation = f" ({label}: {violation.fix})" if violation.fix else ""
        expected = f"{violation.message}{explanation}"
        level = "" if finding in verdict.failing else " (strict)"
        cells = (finding.rule + level, operations, expected, violation.found)
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
