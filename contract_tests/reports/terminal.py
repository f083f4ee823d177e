"""The verdict as text for a terminal."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from mock_server.contract.violations import Violation

from ..findings.findings import Finding, body_file_names
from ..findings.verdict import Verdict

LISTED_NAMES = 3  # of a longer list
LONGEST_LINE, SHORT = 300, 40  # characters
LONGEST_COMMAND = LONGEST_LINE - 20  # leaves room for the label
BODY_OPTION = " --data-binary "


def lines(verdict: Verdict, verbose: bool = False) -> Iterator[str]:
    """Yield the headline, the notes about what was verified, and each finding.

    A finding of level strict takes one line, unless it fails the run. verbose: show it in full.
    """
    yield verdict.headline
    if verdict.error:
        return
    yield from (_shortened(line) for line in _notes(verdict))
    shown = verdict.findings if verbose else verdict.failing
    for number, finding in enumerate(shown, 1):
        yield ""
        first, *more = finding_lines(finding, verdict.findings_folder)
        yield f"{number}. {first}"
        yield from map(_shortened, more)
    others = [finding for finding in verdict.findings if finding not in shown]
    if others:
        yield ""
        yield "strict findings (--strict fails for them, --verbose shows them in full):"
        yield from (_shortened(f"  {_one_line(finding)}") for finding in others)


def _one_line(finding: Finding) -> str:
    violation = finding.violation
    reason = f" ({violation.fix})" if violation.fix else ""
    found = _shortened(violation.found, SHORT)
    names = short_list(finding.operation_names[:1])
    return f"{finding.rule}: {violation.message}{reason}; found {found}; {names}"


def _short_command(command: str, body_file: Path) -> str:
    """Return a curl command that sends a long body from its file."""
    if len(command) <= LONGEST_COMMAND:
        return command
    return f"{command.partition(BODY_OPTION)[0]}{BODY_OPTION}@{body_file}"


def _shortened(text: str, longest: int = LONGEST_LINE) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"


def _notes(verdict: Verdict) -> Iterator[str]:
    if verdict.complete:
        yield f"  coverage: {coverage_summary(verdict)}"
    if not verdict.any_judged:
        yield "  not verified: any operation: no request had a successful response"
    groups = [("", verdict.operations.unverified), ("", _other_unverified(verdict))]
    if verdict.complete:
        groups += [("rule ", verdict.rules.unverified), ("state ", verdict.states.unverified)]
    for kind, unverified in groups:
        for names, reason in group_by_reason(unverified):
            yield f"  not verified: {kind}{names}: {reason}"
    if not verdict.shard.is_single:
        yield f"  next: contract-tests merge combines the verdicts of all {verdict.shard.of} shards"
    for names, reason in group_by_reason(verdict.skipped):
        yield f"  skipped: {names}: {reason}"
    for finding, entry in verdict.accepted:
        until = f" until {entry.expires}" if entry.expires else ""
        yield f"  accepted{until}: {entry} ({finding.count} times): {entry.reason}"
    for problem in verdict.outdated:
        yield f"  outdated baseline entry: {problem}"


def _other_unverified(verdict: Verdict) -> dict[str, str]:
    operations = verdict.operations.unverified
    return {name: why for name, why in verdict.unverified.items() if name not in operations}


def coverage_summary(verdict: Verdict) -> str:
    """Return how much of the contract the responses covered, in one line."""
    counts = [
        f"{len(names['seen'])} of {len(names['seen']) + len(names['not_seen'])} {noun}"
        for kind, noun in (
            ("statuses", "documented statuses"),
            ("properties", "property forms"),
            ("words", "enum values"),
        )
        if any((names := verdict.coverage[kind]).values())
    ]
    if verdict.states.expected:
        counts.append(f"{len(verdict.coverage['transitions'])} status changes")
    return ", ".join(counts)


def group_by_reason(reasons: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield each reason once, after a list of the names that have it."""
    by_reason: dict[str, list[str]] = defaultdict(list)
    for name, reason in reasons.items():
        by_reason[reason].append(name)
    for reason, names in by_reason.items():
        yield short_list(names), reason


def short_list(names: Sequence[str]) -> str:
    """Return the first names, and the number of the others."""
    more = f" and {len(names) - LISTED_NAMES} more" if len(names) > LISTED_NAMES else ""
    return ", ".join(names[:LISTED_NAMES]) + more


def explanation_label(violation: Violation) -> str:
    """Return the label of a violation's last part: why a status is expected, or how to fix it."""
    return "reason" if violation.rule.startswith("status") else "fix"


def replay_command(finding: Finding, folder: str) -> str:
    """Return the command that sends the requests of a finding again."""
    return f"contract-tests replay {Path(folder) / f'{finding.id}.json'}"


def short_commands(finding: Finding, folder: str) -> list[str]:
    """Return the curl commands of a finding, which send long bodies from files in a folder.

    folder: "" if there are no files.
    """
    if not folder:
        return list(finding.curl)
    files = body_file_names(finding)
    pairs = zip(finding.curl, files, strict=True)
    return [_short_command(command, Path(folder) / file) for command, file in pairs]


def finding_lines(finding: Finding, folder: str) -> Iterator[str]:
    """Yield the lines about a finding. folder: the one with the finding files; "" for none."""
    violation, commands = finding.violation, short_commands(finding, folder)
    times = f"  ({finding.count} times)" if finding.count > 1 else ""
    yield f"{short_list(finding.operation_names)}  [{finding.rule}]{times}"
    for label, text in (
        ("expected", violation.message),
        (explanation_label(violation), violation.fix),
        ("found", violation.found),
        ("at", short_list(finding.response_pointers)),
        ("contract", finding.location),
        *(("before", command) for command in commands[:-1]),
        ("request", commands[-1]),
        ("replay", replay_command(finding, folder) if folder else ""),
    ):
        if text:
            yield f"    {label + ':':<9} {text}"
