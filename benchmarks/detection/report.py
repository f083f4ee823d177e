"""The tables of a run of the benchmark."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from .catalogue import Subject
from .tools import Finding, Outcome

BEGIN, END = "<!-- detection: begin -->", "<!-- detection: end -->"
NAMES = {"ours": "contract-tests", "stock": "schemathesis run"}
GROUPS = (
    *("shape", "protocol", "error-bodies", "auth", "semantics", "rare", "concurrency"),
    *("reliability", "mutants", "like the real one"),
)
BY_HAND = GROUPS[:8]


@dataclass(frozen=True)
class Judged:
    """A run of a tool on a server. named: by the id of each defect, the finding that names it."""

    subject: Subject
    tool: str
    seed: int
    outcome: Outcome
    named: Mapping[str, Finding | None]

    @property
    def missed(self) -> list[str]:
        return [name for name, finding in self.named.items() if finding is None]


def told(results: Sequence[Judged], tools: Sequence[str]) -> list[str]:
    """The tables in Markdown: by class, and of the correct servers."""
    return [*_by_class(results, tools), "", *_of_the_correct(results, tools)]


def written(document: str, lines: Sequence[str], seeds: int) -> str:
    """The document with these tables between its marks. Raises ValueError without the marks."""
    before, marked, rest = document.partition(BEGIN)
    _, ended, after = rest.partition(END)
    if not marked or not ended:
        raise ValueError(f"the document has no {BEGIN} and {END}")
    count = f"{seeds} seed{'s' if seeds != 1 else ''}"
    note = f"Of contract-tests, each correct server was judged with {count}."
    return "\n".join([before + BEGIN, "", *lines, "", note, "", END + after])


def _by_class(results: Sequence[Judged], tools: Sequence[str]) -> Iterator[str]:
    yield (
        "| class | bugs | "
        + " | ".join(f"{NAMES[tool]} | first finding | whole run" for tool in tools)
        + " |"
    )
    yield "| --- | ---: |" + " ---: | ---: | ---: |" * len(tools)
    for title, groups in (*((name, (name,)) for name in GROUPS), ("all by hand", BY_HAND)):
        within = [each for each in results if each.subject.group in groups]
        cells = [cell for tool in tools for cell in _cells([e for e in within if e.tool == tool])]
        if within:
            bugs = sum(len(each.named) for each in within if each.tool == tools[0])
            yield f"| {title} | {bugs} | {' | '.join(cells)} |"


def _cells(results: Sequence[Judged]) -> Iterator[str]:
    """Part found, median seconds to the finding, median seconds of the run."""
    bugs = sum(len(each.named) for each in results)
    seconds = [found.seconds for each in results for found in each.named.values() if found]
    yield f"{100 * len(seconds) / bugs:.0f} % ({len(seconds)})" if bugs else ""
    yield _median(seconds)
    yield _median([each.outcome.seconds for each in results])


def _of_the_correct(results: Sequence[Judged], tools: Sequence[str]) -> Iterator[str]:
    yield "| correct servers | runs | runs with false alarms | whole run |"
    yield "| --- | ---: | ---: | ---: |"
    for tool in tools:
        runs = [each for each in results if each.tool == tool and not each.subject.defects]
        alarms = sum(bool(each.outcome.findings) for each in runs)
        spent = _median([each.outcome.seconds for each in runs])
        yield f"| {NAMES[tool]} | {len(runs)} | {alarms} | {spent} |"


def _median(seconds: Iterable[float]) -> str:
    values = list(seconds)
    return f"{median(values):.1f} s" if values else ""
