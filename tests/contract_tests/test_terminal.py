"""What a person sees: the progress of the run, and a verdict in colour."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from contract_tests.process.output import coloured
from contract_tests.reports.progress import BETWEEN_LINES, Progress, cost
from tests.helpers.contract_runs import TOKENS, contract_run
from tests.helpers.example_server import start
from tests.helpers.terminals import on_terminal

RUN = [sys.executable, "-m", "contract_tests"]
FAST = ("--max-examples", "2", "-k", "examples or methods")
GREEN, RED, YELLOW = "\x1b[1;32m", "\x1b[1;31m", "\x1b[1;33m"


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    with start() as url:
        yield url


class Screen:
    """A fake clock, and all that a progress wrote."""

    def __init__(self, width: int, findings: int = 0) -> None:
        self.seconds, self.written = 0.0, [""]
        costs = {"test_a": 1.0, "test_b": 2.0, "test_c": 3.0}
        self.progress = Progress(
            costs, self.written.append, width, lambda: findings, lambda: self.seconds
        )

    def run(self, name: str, seconds: float) -> str:
        self.progress.start(name)
        self.seconds += seconds
        self.progress.end(name)
        return self.written[-1]


def test_the_progress_states_the_check_and_the_time_left() -> None:
    screen = Screen(width=80)
    assert screen.run("test_a", 4) == "\r\x1b[Kcheck 1 of 3: test_a"
    assert screen.run("test_b", 26) == "\r\x1b[Kcheck 2 of 3, about 20 s left: test_b"
    assert screen.run("test_c", 1) == "\r\x1b[Kcheck 3 of 3, about 30 s left: test_c"
    screen.progress.clear()
    assert screen.written[-1] == "\r\x1b[K"


def test_the_progress_counts_findings_and_fits_into_one_line() -> None:
    assert Screen(80, 1).run("test_a", 1) == "\r\x1b[Kcheck 1 of 3, 1 finding: test_a"
    assert Screen(80, 3).run("test_a", 1).endswith("of 3, 3 findings: test_a")
    assert Screen(12).run("test_a", 1) == "\r\x1b[Kcheck 1 of "


def test_a_log_has_a_plain_line_now_and_then_instead_of_the_progress() -> None:
    screen = Screen(width=0)
    assert screen.run("test_a", BETWEEN_LINES) == ""
    assert screen.run("test_b", 1) == "check 2 of 3, about 1 min 15 s left: test_b\n"
    assert screen.run("test_c", 1) == "check 2 of 3, about 1 min 15 s left: test_b\n"
    assert "\x1b" not in "".join(screen.written)


def test_the_cost_of_random_requests_depends_on_their_number() -> None:
    assert cost("test_fuzzing[a]", 60) == 2 * cost("test_fuzzing[b]", 30)
    assert cost("test_coverage[a]", 60) == cost("test_coverage[b]", 1) > cost("test_else", 1)


@pytest.mark.parametrize(("exit_code", "colour"), [(0, GREEN), (1, RED), (2, YELLOW)])
def test_the_verdict_has_a_colour_and_each_finding_a_bold_heading(
    exit_code: int, colour: str
) -> None:
    lines = ["holds: 1", "  coverage: 2", "", "1. getPackage  [enum]", "    found: 3"]
    expected = [f"{colour}holds: 1\x1b[0m", *lines[1:3], f"\x1b[1m{lines[3]}\x1b[0m", lines[4]]
    assert list(coloured(lines, exit_code)) == expected


def test_a_terminal_shows_the_progress_and_a_coloured_verdict(base: str, tmp_path: Path) -> None:
    exit_code, printed = on_terminal([*RUN, "--target", base, *TOKENS, *FAST], tmp_path)
    assert exit_code == 0, printed
    total = re.findall(r"\r\x1b\[Kcheck (\d+) of (\d+)[^\r]*: test_", printed)
    assert [int(position) for position, _ in total] == list(range(1, int(total[0][1]) + 1))
    last_line = printed.splitlines()[-1]
    assert re.fullmatch(r"\x1b\[1;32mholds: .* in [\d.]+ s, seed 0\)\x1b\[0m", last_line)


def test_a_terminal_without_colours_shows_none(base: str, tmp_path: Path) -> None:
    command = [*RUN, "--target", base, *TOKENS, *FAST]
    _, printed = on_terminal(command, tmp_path, NO_COLOR="1")
    assert "\x1b[1" not in printed
    assert "\x1b[K" in printed
    _, printed = on_terminal(command, tmp_path, TERM="dumb")
    assert "\x1b" not in printed


def test_a_pipe_gets_only_plain_lines(base: str) -> None:
    ran = contract_run(base, *TOKENS, *FAST)
    assert "\x1b" not in ran.stdout
    lines = [line for line in ran.stdout.splitlines() if not line.startswith("check ")]
    notice, empty, verdict = lines  # and the progress, if this takes long
    assert notice.startswith("will restart ")
    assert empty == ""
    assert verdict.startswith("holds: ")
