"""The benchmarks run, here briefly and with the mock alone, and judge what they measured.

The values that they measure in these tests prove nothing.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from benchmarks import scale, soak, speed, start
from benchmarks.contenders import CONTENDERS
from benchmarks.load.open_loop import measure_response_times
from benchmarks.load.requests import GET, REJECTED, WrongResponseError, send
from benchmarks.load.streams import open_streams
from benchmarks.many_fixtures import package_id, write_fixtures
from benchmarks.mock_client import mock_client
from benchmarks.rounds import Readings
from benchmarks.serving import NotServingError, Server, check_responses, serving
from benchmarks.speed_musts import RATE_MUSTS, Subject, check_musts
from benchmarks.user_actions import ACTIONS, Action, Tally, User
from mock_server.live import live, load_sources
from tests.helpers.shipped import shipped_sources

OURS = CONTENDERS[0]

Run = Callable[..., str]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with live(*shipped_sources()) as mock:
        yield mock.url.removeprefix("http://")


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Return a function that runs a benchmark, checks its exit code, and returns its output."""

    def run_main(main: Callable[[], int], *options: str) -> str:
        monkeypatch.setattr("sys.argv", ["benchmark", *options])
        code = main()
        output = capsys.readouterr()
        assert code == 0, output.out + output.err
        return output.out

    return run_main


def test_the_start_is_measured(run: Run) -> None:
    output = run(start.main, "--rounds", "1", "--noise", "1", "--only", "mock-server")
    assert "| first response, seconds | under 0.7 |" in output
    assert "| --help, seconds | under 0.25 |" in output


def test_the_cost_of_scale_is_measured(run: Run) -> None:
    sizes = ("--fixtures", "100", "--sessions", "5", "--gets", "20")
    output = run(scale.main, *sizes, "--rounds", "1", "--noise", "1")
    assert "first response with 127 fixtures" in output
    for size in (1, 10, 89):
        assert f"| list of {size}, per item |" in output


def test_a_soak_run_has_no_errors_and_a_short_one_is_not_judged(run: Run) -> None:
    output = run(soak.main, "--minutes", "0.03")
    assert "| 5xx and lost connections without a fault | 0 | 0 | yes |" in output
    limit = "at most 5 % or 4 MB"
    growth = f"| memory: growth after the warm-up | {limit} | the run is too short | not measured |"
    assert growth in output
    assert "read " in output


def test_each_action_of_a_user_runs_without_an_error(address: str) -> None:
    host = address.partition("/")[0]

    def act_once(action: Action) -> Tally:
        user = User(host, f"action-{action.__name__}", Random(0), Tally())
        action(user)
        return user.tally

    with ThreadPoolExecutor() as pool:
        tallies = list(pool.map(act_once, ACTIONS))
    assert [tally.errors for tally in tallies if tally.errors] == []


def test_an_open_loop_counts_a_response_for_each_request(address: str) -> None:
    times = measure_response_times(address, rate=200, seconds=0.5)
    assert 60 <= times["requests"] <= 140
    assert 0 < times["p50"] <= times["p99"]


def test_an_open_loop_fails_if_a_response_is_wrong(address: str) -> None:
    with pytest.raises(WrongResponseError, match="wrong responses, 0 lost"):
        measure_response_times(address.replace("/api", "/unknown"), rate=40, seconds=0.5)


def test_events_arrive_on_all_open_streams(address: str) -> None:
    with open_streams(address, 3) as received:
        deadline = time.monotonic() + 20
        while received.events < 3 * 2 and time.monotonic() < deadline:
            time.sleep(0.02)
    assert received.events >= 3 * 2


def test_a_correct_response_has_the_requested_release_and_the_expected_status(
    address: str,
) -> None:
    send(address, GET)
    send(address, REJECTED)
    with pytest.raises(WrongResponseError, match="rejected: 200"):
        send(address, replace(REJECTED, body=GET.body))
    with pytest.raises(WrongResponseError, match="get: 404"):
        send(address, replace(GET, body='{"package_release_id": "rel_none"}'))


def test_the_responses_of_a_server_are_checked_before_it_is_measured(address: str) -> None:
    server = Server(OURS, address, roots=(), start_seconds=0)
    check_responses(server)
    with pytest.raises(WrongResponseError, match="get: 404"):
        check_responses(replace(server, address=address.replace("/api", "/unknown")))


def test_the_error_of_a_server_that_does_not_start_contains_its_output() -> None:
    broken = replace(
        OURS, prepare=lambda workspace: [[*OURS.prepare(workspace)[0], "--no-such-option"]]
    )
    with (
        pytest.raises(NotServingError, match=r"ended:(?s:.*)--no-such-option"),
        serving(broken),
    ):
        pass


def test_many_fixtures_are_packages_of_these_sizes(tmp_path: Path) -> None:
    fixtures = write_fixtures(tmp_path, (2, 5))
    judge, loaded = load_sources(fixtures=fixtures)
    with live(judge, loaded) as mock, mock_client(mock.url.removeprefix("http://")) as client:
        for size in (2, 5):
            body = {"package_id": package_id(size)}
            releases = client.call("POST", "/api/package_releases/list", body)["package_releases"]
            assert len(releases) == size


# Requests per second in a round in which each rate must is met exactly.
RATES = {
    ("mock-server", "get"): 8000,
    ("mock-server", "rejected"): 8000,
    ("mock-server", "get, all different"): 5000,
    ("mock-server", "rejected, all different"): 5000,
    ("mock-server", "rebuild"): 1000,
    ("Prism", "get"): 1000,
    ("Prism", "rejected"): 1000,
    ("Prism", "get, all different"): 1000,
    ("Prism", "rejected, all different"): 1000,
    ("WireMock, no journal", "get"): 8000,
    ("WireMock, no journal", "rejected"): 8000,
    ("WireMock, no journal", "get, all different"): 3800,
    ("WireMock, no journal", "rejected, all different"): 3800,
    ("WireMock, journal", "get"): 8000,
    ("WireMock, journal", "rejected"): 8000,
}


def measurements(rates: Mapping[Subject, float]) -> tuple[Readings[Subject], Readings[str]]:
    throughput: Readings[Subject] = Readings()
    for (name, request), rate in rates.items():
        cpu = 1 if name == "mock-server" else 2
        throughput.accepted[name, request] = {0: {"rate": rate, "cpu": cpu}}
    times: Readings[str] = Readings()
    times.accepted = {"mock-server": {0: {"p99": 0.01}}, "Prism": {0: {"p99": 0.1}}}
    return throughput, times


def test_the_run_succeeds_if_all_musts_are_met() -> None:
    musts = list(check_musts(*measurements(RATES)))
    assert [must.requirement for must in musts if must.met is not True] == []
    assert speed.exit_code(musts, {}) == 0
    assert speed.exit_code(musts, {"Prism": "did not start"}) == 1


@pytest.mark.parametrize(
    ("subject", "missed"),
    [
        (("mock-server", "get"), "get: multiple of Prism"),
        (("mock-server", "rejected"), "rejected: multiple of Prism"),
        (("mock-server", "get, all different"), "get, all different: multiple of Prism"),
        (("mock-server", "rejected, all different"), "rejected, all different: multiple of Prism"),
        (("mock-server", "rebuild"), "rebuild: multiple of Prism's get"),
    ],
)
def test_a_rate_below_a_must_fails_the_run(subject: tuple[str, str], missed: str) -> None:
    rates = RATES | {subject: RATES[subject] - 1}
    musts = list(check_musts(*measurements(rates)))
    assert missed in [must.requirement for must in musts if must.met is False]
    assert speed.exit_code(musts, {}) == 1


def test_different_requests_must_be_faster_than_wiremock_without_its_journal() -> None:
    peer = ("WireMock, no journal", "get, all different")
    musts = list(check_musts(*measurements(RATES | {peer: 3900})))
    (missed,) = [must for must in musts if must.met is False]
    assert missed.requirement == "get, all different: multiple of WireMock, no journal"
    assert (missed.limit, missed.measured) == ("at least 1.3", "1.28")


def test_a_must_without_a_value_is_not_missed() -> None:
    musts = list(check_musts(*measurements({("mock-server", "get"): 1})))
    assert {must.met for must in musts if must.measured == "no value"} == {None}
    assert speed.exit_code(musts, {}) == 0


def test_every_must_compares_requests_that_both_servers_get() -> None:
    measured = {(c.name, request.name) for c in CONTENDERS for request in c.requests}
    for must in RATE_MUSTS:
        assert {must.subject, must.reference} <= measured
