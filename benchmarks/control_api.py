"""Run rebuilds in many sessions at once, with the session clock instead of waiting.

    make bench-control

Each session freezes its clock, rebuilds a release, and advances step by step: once with polling and
once with the event stream. Nothing sleeps. The exit code is 1 if a session sees other statuses than
those of its scenario.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor

from mock_server.fixtures.values import Scenario
from mock_server.live import LiveMock, live, load_sources

RELEASE = "rel_failed_transpilation"
TOKEN = "testuser-token"
SCENARIOS = ("succeeds", "fails-transpilation", "fails-circuit-json")
STEP_SECONDS, STEPS = 0.25, 60  # of the session's clock

Statuses = list[str]


def main() -> int:
    """Print the seconds of both methods and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--sessions", type=int, default=100, help="default: %(default)s")
    count = parser.parse_args().sessions
    judge, fixtures = load_sources()
    with live(judge, fixtures) as mock:
        expected = {
            name: _expected_statuses(scenario) for name, scenario in fixtures.scenarios.items()
        }
        for method in (poll, stream):
            started_at = time.perf_counter()
            with ThreadPoolExecutor(count) as pool:
                results = list(pool.map(_session(mock, method), range(count)))
            seconds = time.perf_counter() - started_at
            wrong = [(name, statuses) for name, statuses in results if statuses != expected[name]]
            print(f"{method.__name__:7} {count} sessions  {seconds:6.2f} s  {len(wrong)} wrong")
            if wrong:
                print(*wrong[:5], sep="\n", file=sys.stderr)
                return 1
    return 0


def _expected_statuses(scenario: Scenario) -> Statuses:
    """Return the overall statuses of a scenario in order."""
    (status,) = scenario.type.timeline.status if scenario.type.timeline else ("",)
    return _without_repeats(segment.values[status] for segment in scenario.timeline.segments)


def _without_repeats(statuses: Iterable[str]) -> Statuses:
    """Return statuses in order, without adjacent repeats."""
    result: Statuses = []
    for status in statuses:
        if not result or result[-1] != status:
            result.append(status)
    return result


def _session(
    mock: LiveMock, method: Callable[[LiveMock], Statuses]
) -> Callable[[int], tuple[str, Statuses]]:
    """Return the work of one session: it returns its scenario and the observed statuses."""

    def run(number: int) -> tuple[str, Statuses]:
        session = mock.session(f"{method.__name__}-{number}")
        scenario = SCENARIOS[number % len(SCENARIOS)]
        session.clock.freeze()
        session.next(scenario)
        _post(session, "rebuild")
        return scenario, method(session)

    return run


def poll(session: LiveMock) -> Statuses:
    """Get the release after each step of the clock, and return its statuses."""

    def statuses() -> Iterator[str]:
        for _ in range(STEPS):
            yield _post(session, "get")
            session.clock.advance(STEP_SECONDS)

    return _without_repeats(statuses())


def stream(session: LiveMock) -> Statuses:
    """Advance the clock to the end, and return the statuses that the stream reports."""
    url = f"{session.url}/package_releases/events?package_release_id={RELEASE}"
    with urllib.request.urlopen(url, timeout=60) as response:
        for _ in range(STEPS):
            session.clock.advance(STEP_SECONDS)
        return _without_repeats(
            json.loads(data)["display_status"]
            for name, data in _events(response)
            if name == "release"
        )


def _events(lines: Iterable[bytes]) -> Iterator[tuple[str, str]]:
    """Yield the name and data of each event of a stream (HTML standard, section 9.2)."""
    name, data = "", ""
    for line in lines:
        field, _, value = line.decode().rstrip("\n").partition(": ")
        if field == "event":
            name = value
        elif field == "data":
            data = value
        elif not field and data:
            yield name, data
            name, data = "", ""


def _post(session: LiveMock, path: str) -> str:
    """Get or rebuild the release, and return its overall status."""
    request = urllib.request.Request(
        f"{session.url}/package_releases/{path}",
        json.dumps({"package_release_id": RELEASE}).encode(),
        {"Content-Type": "application/json", "Authorization": f"Bearer {TOKEN}"},
    )
    with urllib.request.urlopen(request, timeout=60) as response:
        return str(json.load(response)["package_release"]["display_status"])


if __name__ == "__main__":
    sys.exit(main())
