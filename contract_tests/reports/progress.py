"""Shows which check runs and how much time is left: on a terminal in one line that changes."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..findings.verdict import duration

if TYPE_CHECKING:
    import pytest

# The seconds that a check takes on a fast server, for the estimate of the time that is left
SECONDS = {
    "test_random_sequences": 1.6,
    "test_resources_in_every_state_can_be_restarted": 1.2,
    "test_links": 1.0,
    "test_filters_return_exactly_the_matches": 0.5,
    "test_coverage": 0.5,
    "test_unknown_texts_are_not_found": 0.25,
    "test_concurrent_restarts": 0.25,
    "test_bodies": 0.2,
    "test_repeated_requests_get_the_same_response": 0.15,
    "test_concurrent_requests_get_their_own_response": 0.1,
    "test_examples": 0.1,
    "test_every_lookup_finds_the_same_resource": 0.1,
}
OTHERS = 0.03
PER_EXAMPLE = ("test_fuzzing", 0.02)  # a check whose time depends on --max-examples
EARLY = 1.0  # seconds in which no estimate is possible
BETWEEN_LINES = 15.0  # seconds between two lines where the output is no terminal
CLEAR_LINE = "\r\x1b[K"


def cost(name: str, max_examples: int) -> float:
    """Return the seconds that a check takes on a fast server."""
    function, per_example = name.partition("[")[0], PER_EXAMPLE[1]
    is_random = function == PER_EXAMPLE[0]
    return per_example * max_examples if is_random else SECONDS.get(function, OTHERS)


@dataclass
class Progress:
    """The progress of a run.

    costs: by the name of each check, in their order. write: writes a text at once. width: columns
    of the terminal; 0 if the output is no terminal. findings: returns the number of findings.
    """

    costs: dict[str, float]
    write: Callable[[str], object]
    width: int
    findings: Callable[[], int] = lambda: 0
    now: Callable[[], float] = time.monotonic
    _names: Sequence[str] = field(init=False)
    _ended: float = 0.0  # the costs of the checks that have ended
    _started_at: float = field(init=False)
    _written_at: float = field(init=False)

    def __post_init__(self) -> None:
        self._names = list(self.costs)
        self._started_at = self._written_at = self.now()

    def start(self, name: str) -> None:
        """Show that a check starts."""
        if name not in self.costs:
            return
        position = self._names.index(name) + 1
        line = f"check {position} of {len(self._names)}{self._remarks()}: {name}"
        if self.width:
            self.write(CLEAR_LINE + line[: self.width - 1])
        elif self.now() - self._written_at >= BETWEEN_LINES:
            self._written_at = self.now()
            self.write(line + "\n")

    def end(self, name: str) -> None:
        """Count a check that has ended."""
        self._ended += self.costs.get(name, 0.0)

    def clear(self) -> None:
        """Remove the line from the terminal."""
        if self.width:
            self.write(CLEAR_LINE)

    def _remarks(self) -> str:
        number, left = self.findings(), self.seconds_left()
        time_left = f", about {duration(max(left, 1), decimals=0)} left" if left is not None else ""
        findings = f", {number} finding{'s' if number > 1 else ''}" if number else ""
        return time_left + findings

    def seconds_left(self) -> float | None:
        """Return an estimate in seconds; None if it is too early for one."""
        elapsed = self.now() - self._started_at
        if not self._ended or elapsed < EARLY:
            return None
        return elapsed / self._ended * (sum(self.costs.values()) - self._ended)


@dataclass
class ProgressHooks:
    """Hooks of pytest that show the progress in place of a letter for each check."""

    progress: Progress

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self.progress.start(_name(nodeid))

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        self.progress.end(_name(nodeid))

    def pytest_report_teststatus(self, report: pytest.TestReport) -> tuple[str, str, str]:
        return report.outcome, "", ""

    def pytest_sessionfinish(self) -> None:
        self.progress.clear()


def _name(nodeid: str) -> str:
    """Return the name of a check with its parameter, which can contain ``::``."""
    return nodeid.split("::", 1)[-1]
