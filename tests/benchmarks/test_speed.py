"""The benchmarks of speed run, here on the mock alone and briefly; they prove nothing of speed."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.contenders import CONTENDERS, ROOT
from benchmarks.load.paced import pace
from benchmarks.load.requests import GET, REFUSED, WrongAnswerError, ask
from benchmarks.load.streams import following
from benchmarks.many_fixtures import package, written
from benchmarks.serving import NotServingError, prove, serving, the_answer
from benchmarks.sessions import user
from mock_server.live import live, load_sources

OURS = CONTENDERS[0]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with live(*load_sources()) as mock:
        yield mock.url.removeprefix("http://")


def ran(module: str, *options: str) -> str:
    """What a benchmark printed; an exit code other than 0 fails the test that runs it."""
    ended = subprocess.run(
        [sys.executable, "-m", f"benchmarks.{module}", *options],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def test_the_start_is_measured() -> None:
    told = ran("start", "--rounds", "1", "--noise", "1", "--only", "mock-server")
    assert "| first answer, seconds | under 0.7 |" in told
    assert "| --help, seconds | under 0.25 |" in told


def test_what_scale_costs_is_measured() -> None:
    small = ("--fixtures", "100", "--sessions", "5", "--gets", "20", "--rounds", "1")
    told = ran("scale", *small, "--noise", "1")
    assert "first answer with 117 fixtures" in told
    for size in (1, 10, 89):
        assert f"| list of {size}, an item |" in told


def test_a_soak_does_all_deeds_and_nothing_goes_wrong() -> None:
    told = ran("soak", "--minutes", "0.1")
    assert "| 5xx and lost connections that no fault asked for | 0 | 0 | yes |" in told
    assert (
        "| memory, growth after warm-up | at most 5 % or 4 MB | too short a run | not measured |"
        in told
    )
    assert "look " in told


def test_an_open_loop_answers_each_request_that_was_due(address: str) -> None:
    told = pace(address, rate=50, seconds=2)
    assert 60 <= told["requests"] <= 140
    assert 0 < told["p50"] <= told["p99"]


def test_an_open_loop_fails_when_an_answer_is_wrong(address: str) -> None:
    with pytest.raises(WrongAnswerError, match="wrong answers, 0 lost"):
        pace(address.replace("/api", "/elsewhere"), rate=20, seconds=1)


def test_events_come_over_all_streams_that_are_open(address: str) -> None:
    with following(address, 3) as heard:
        pace(address, rate=10, seconds=2)
    assert heard.events >= 3 * 2


def test_a_correct_answer_is_of_the_release_and_status_asked_for(address: str) -> None:
    ask(address, GET)
    ask(address, REFUSED)
    with pytest.raises(WrongAnswerError, match="refused: 200"):
        ask(address, replace(REFUSED, body=GET.body))
    with pytest.raises(WrongAnswerError, match="get: 404"):
        ask(address, replace(GET, body='{"package_release_id": "rel_none"}'))


def test_a_server_proves_that_it_answers_correctly_before_it_is_measured() -> None:
    with serving(OURS, the_answer()) as server:
        prove(server)
        with pytest.raises(WrongAnswerError, match="get: 404"):
            prove(replace(server, address=server.address.replace("/api", "/nowhere")))


def test_who_does_not_start_is_told_of_with_what_it_said() -> None:
    broken = replace(OURS, lay=lambda place: [[*OURS.lay(place)[0], "--no-such-option"]])
    with (
        pytest.raises(NotServingError, match=r"ended:(?s:.*)--no-such-option"),
        serving(broken, ""),
    ):
        pass


def test_many_fixtures_are_lists_of_the_sizes_wanted(tmp_path: Path) -> None:
    fixtures = written(tmp_path, (2, 5))
    judge, loaded = load_sources(fixtures=fixtures)
    with live(judge, loaded) as mock, user(mock.url.removeprefix("http://")) as one:
        for size in (2, 5):
            listed = one.asks("POST", "/api/package_releases/list", {"package_id": package(size)})
            assert len(listed["package_releases"]) == size
