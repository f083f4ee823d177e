"""The tables of the benchmark."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from ..report import table
from .catalogue import Subject
from .tools import CONTRACT_TESTS, SCHEMATHESIS, Finding, Outcome

TITLES = {CONTRACT_TESTS: "contract-tests", SCHEMATHESIS: "schemathesis run"}
PLANTED_GROUPS = (
    *("shape", "protocol", "error-bodies", "auth", "semantics", "rare", "concurrency"),
    "reliability",
)
GROUPS = (*PLANTED_GROUPS, "mutants", "realistic", "independent")


@dataclass(frozen=True)
class JudgedRun:
    """A run of a tool on a server. matches: the id of each defect, and the finding for it."""

    subject: Subject
    tool: str
    seed: int
    outcome: Outcome
    matches: Mapping[str, Finding | None]

    @property
    def missed(self) -> list[str]:
        """The ids of the defects without a finding."""
        return [name for name, finding in self.matches.items() if finding is None]


def tables(results: Sequence[JudgedRun], tools: Sequence[str], seeds: int) -> list[str]:
    """Return the lines of the Markdown tables: by class, and of the correct servers."""
    count = f"{seeds} seed{'s' if seeds != 1 else ''}"
    note = f"contract-tests judged each correct server with {count}."
    by_class, correct = _by_class(results, tools), _of_correct_servers(results, tools)
    return [*by_class, "", *correct, "", note]


def _by_class(results: Sequence[JudgedRun], tools: Sequence[str]) -> Iterator[str]:
    head = ["class", "bugs"]
    for tool in tools:
        head += [TITLES[tool], "first finding", "whole run"]
    rows = []
    for title, groups in (*((name, (name,)) for name in GROUPS), ("all planted", PLANTED_GROUPS)):
        runs = [run for run in results if run.subject.group in groups and run.subject.defects]
        by_tool = [[run for run in runs if run.tool == tool] for tool in tools]
        if runs:
            bugs = sum(len(run.matches) for run in by_tool[0])
            rows.append([title, str(bugs), *(cell for group in by_tool for cell in _cells(group))])
    yield from table(head, rows)


def _cells(runs: Sequence[JudgedRun]) -> Iterator[str]:
    """Yield the found part, the median seconds to the finding, and the median of the run."""
    bugs = sum(len(run.matches) for run in runs)
    seconds = [finding.seconds for run in runs for finding in run.matches.values() if finding]
    yield f"{100 * len(seconds) / bugs:.0f} % ({len(seconds)})" if bugs else ""
    yield _median(seconds)
    yield _median([run.outcome.seconds for run in runs])


def _of_correct_servers(results: Sequence[JudgedRun], tools: Sequence[str]) -> Iterator[str]:
    rows = []
    for tool in tools:
        runs = [run for run in results if run.tool == tool and not run.subject.defects]
        alarms = sum(bool(run.outcome.findings) for run in runs)
        seconds = _median([run.outcome.seconds for run in runs])
        rows.append([TITLES[tool], str(len(runs)), str(alarms), seconds])
    yield from table(("correct servers", "runs", "runs with false alarms", "whole run"), rows)


def _median(seconds: Iterable[float]) -> str:
    values = list(seconds)
    return f"{median(values):.1f} s" if values else ""
