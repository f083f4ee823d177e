"""The tables of the benchmark."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from .catalogue import Subject
from .tools import CONTRACT_TESTS, SCHEMATHESIS, Finding, Outcome

BEGIN, END = "<!-- detection: begin -->", "<!-- detection: end -->"
TITLES = {CONTRACT_TESTS: "contract-tests", SCHEMATHESIS: "schemathesis run"}
PLANTED_GROUPS = (
    *("shape", "protocol", "error-bodies", "auth", "semantics", "rare", "concurrency"),
    "reliability",
)
GROUPS = (*PLANTED_GROUPS, "mutants", "realistic")


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


def tables(results: Sequence[JudgedRun], tools: Sequence[str]) -> list[str]:
    """Return the lines of the Markdown tables: by class, and of the correct servers."""
    return [*_by_class(results, tools), "", *_of_correct_servers(results, tools)]


def replace_block(document: str, lines: Sequence[str], seeds: int) -> str:
    """Return a document with these tables between its marks. Raise ValueError without them."""
    before, has_begin, rest = document.partition(BEGIN)
    _, has_end, after = rest.partition(END)
    if not has_begin or not has_end:
        raise ValueError(f"the document must contain {BEGIN} and {END}")
    count = f"{seeds} seed{'s' if seeds != 1 else ''}"
    note = f"contract-tests judged each correct server with {count}."
    return "\n".join([before + BEGIN, "", *lines, "", note, "", END + after])


def _by_class(results: Sequence[JudgedRun], tools: Sequence[str]) -> Iterator[str]:
    heads = (f"{TITLES[tool]} | first finding | whole run" for tool in tools)
    yield f"| class | bugs | {' | '.join(heads)} |"
    yield "| --- | ---: |" + " ---: | ---: | ---: |" * len(tools)
    for title, groups in (*((name, (name,)) for name in GROUPS), ("all planted", PLANTED_GROUPS)):
        members = [run for run in results if run.subject.group in groups]
        cells = [
            cell for tool in tools for cell in _cells([run for run in members if run.tool == tool])
        ]
        if members:
            bugs = sum(len(run.matches) for run in members if run.tool == tools[0])
            yield f"| {title} | {bugs} | {' | '.join(cells)} |"


def _cells(runs: Sequence[JudgedRun]) -> Iterator[str]:
    """Yield the found part, the median seconds to the finding, and the median of the run."""
    bugs = sum(len(run.matches) for run in runs)
    seconds = [finding.seconds for run in runs for finding in run.matches.values() if finding]
    yield f"{100 * len(seconds) / bugs:.0f} % ({len(seconds)})" if bugs else ""
    yield _median(seconds)
    yield _median([run.outcome.seconds for run in runs])


def _of_correct_servers(results: Sequence[JudgedRun], tools: Sequence[str]) -> Iterator[str]:
    yield "| correct servers | runs | runs with false alarms | whole run |"
    yield "| --- | ---: | ---: | ---: |"
    for tool in tools:
        runs = [run for run in results if run.tool == tool and not run.subject.defects]
        alarms = sum(bool(run.outcome.findings) for run in runs)
        seconds = _median([run.outcome.seconds for run in runs])
        yield f"| {TITLES[tool]} | {len(runs)} | {alarms} | {seconds} |"


def _median(seconds: Iterable[float]) -> str:
    values = list(seconds)
    return f"{median(values):.1f} s" if values else ""
