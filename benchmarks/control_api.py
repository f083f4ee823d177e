"""Drives a rebuild through all its statuses by the clock alone, in many sessions at once.

    make bench-control

Each session freezes its clock, rebuilds, and advances from step to step: once reading by polling,
once by the stream. Nothing sleeps. It fails when any session sees anything but its own scenario.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from mock_server.live import LiveMock, live, load_sources

RELEASE = "rel_failed_transpilation"
TOKEN = "testuser-token"
SCENARIOS = ("succeeds", "fails-transpilation", "fails-circuit-json")
STEP, STEPS = 0.25, 60  # seconds of the session's clock, and how many of them

Statuses = list[str]


def main() -> int:
    """Prints the seconds and requests of both ways; 1 when a session saw what it should not."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--sessions", type=int, default=100)
    count = parser.parse_args().sessions
    judge, fixtures = load_sources()
    with live(judge, fixtures) as mock:
        expected = {
            name: legal(scenario.timeline.segments, judge.spec.build.status)
            for name, scenario in fixtures.scenarios.items()
        }
        for way in (poll, stream):
            began = time.perf_counter()
            with ThreadPoolExecutor(count) as pool:
                seen = list(pool.map(drive(mock, way), range(count)))
            spent = time.perf_counter() - began
            wrong = [(name, got) for name, got in seen if got != expected[name]]
            print(f"{way.__name__:7} {count} sessions  {spent:6.2f} s  {len(wrong)} wrong")
            if wrong:
                print(*wrong[:5], sep="\n", file=sys.stderr)
                return 1
    return 0


def legal(segments: Any, status: str) -> Statuses:
    """The overall statuses of a timeline, each once, in their order."""
    return folded(segment.values[status] for segment in segments)


def folded(statuses: Any) -> Statuses:
    """Statuses in their order, repetitions left out."""
    kept: Statuses = []
    for status in statuses:
        if not kept or kept[-1] != status:
            kept.append(status)
    return kept


def drive(
    mock: LiveMock, way: Callable[[LiveMock], Statuses]
) -> Callable[[int], tuple[str, Statuses]]:
    """What one session does: freeze, choose a scenario, rebuild, and look on in this way."""

    def session(number: int) -> tuple[str, Statuses]:
        own = mock.session(f"{way.__name__}-{number}")
        scenario = SCENARIOS[number % len(SCENARIOS)]
        own.clock.freeze()
        own.next(scenario)
        ask(own, "rebuild")
        return scenario, way(own)

    return session


def poll(own: LiveMock) -> Statuses:
    """The statuses that polling sees while the clock is advanced step by step."""

    def seen() -> Iterator[str]:
        for _ in range(STEPS):
            yield ask(own, "get")
            own.clock.advance(STEP)

    return folded(seen())


def stream(own: LiveMock) -> Statuses:
    """The statuses that the stream tells while the clock is advanced step by step."""
    address = f"{own.url}/package_releases/events?package_release_id={RELEASE}"
    with urllib.request.urlopen(address, timeout=60) as answer:
        for _ in range(STEPS):
            own.clock.advance(STEP)
        return folded(
            json.loads(data)["display_status"] for name, data in events(answer) if name == "release"
        )


def events(lines: Any) -> Iterator[tuple[str, str]]:
    """The events of a stream (HTML standard, section 9.2) until it ends."""
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


def ask(own: LiveMock, path: str) -> str:
    """Asks for the release by its id; its overall status."""
    request = urllib.request.Request(
        f"{own.url}/package_releases/{path}",
        json.dumps({"package_release_id": RELEASE}).encode(),
        {"Content-Type": "application/json", "Authorization": f"Bearer {TOKEN}"},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return str(json.load(answer)["package_release"]["display_status"])


if __name__ == "__main__":
    sys.exit(main())
