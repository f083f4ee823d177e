"""Measure the cost of many fixtures, long lists, many sessions and a full journal.

    make bench-scale
    python -m benchmarks.scale --fixtures 1000 --sessions 100 --gets 100 --rounds 1

A run with the default sizes updates docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from . import processes
from .contenders import CONTENDERS, JOURNAL_SIZE, Command, Workspace
from .load.requests import WrongResponseError
from .many_fixtures import FIXTURES, package_id, write_fixtures
from .mock_client import MockClient, mock_client
from .report import (
    Must,
    caption,
    format_spread,
    must_table,
    parser,
    table,
    update_document,
)
from .rounds import Reading, Readings, in_rounds
from .serving import Server, serving

DEFAULT_SIZE = 10_000
START_TIMEOUT = 300.0  # seconds
START_LIMIT = 8.0  # seconds to the first response with many fixtures
EQUAL = 1.1  # two costs count as equal up to this ratio: the precision of the measurement
LINEAR = 1.25  # the cost of an item of a long list, as a multiple of that of a short list

FEW_FIXTURES, MANY_FIXTURES = "get, default fixtures", "get, many fixtures"
MANY_SESSIONS = "get, many sessions"
EMPTY_JOURNAL, FULL_JOURNAL = "get, empty journal", "get, full journal"
COMPARED = (
    (MANY_FIXTURES, FEW_FIXTURES),
    (MANY_SESSIONS, FEW_FIXTURES),
    (FULL_JOURNAL, EMPTY_JOURNAL),
)

Measurement = Callable[[Server, MockClient], Reading]


def main() -> int:
    """Run the benchmark. Return 1 if a server failed."""
    arguments = parser("scale", rounds=7, seconds=0)
    arguments.add_argument("--fixtures", type=int, default=DEFAULT_SIZE, help="(%(default)s)")
    arguments.add_argument("--sessions", type=int, default=DEFAULT_SIZE, help="(%(default)s)")
    arguments.add_argument("--gets", type=int, default=5000, help="per reading (%(default)s)")
    options = arguments.parse_args()
    sizes = _package_sizes(options.fixtures)
    try:
        readings, start_seconds, count = measure(sizes, options)
    except (WrongResponseError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    lines = [*_tables(readings, start_seconds, count, sizes, options)]
    print("\n".join(lines))
    if options.fixtures == options.sessions == DEFAULT_SIZE:
        note = caption("make bench-scale", readings.summary())
        update_document(options.document, "scale", [*lines, "", note])
    for subject, error_line in readings.errors.items():
        print(f"{subject}: {error_line}", file=sys.stderr)
    return 1 if readings.errors else 0


def measure(sizes: Sequence[int], options: argparse.Namespace) -> tuple[Readings[str], float, int]:
    """Return the readings, the start in seconds with many fixtures, and the number of fixtures.

    Raise WrongResponseError, or OSError.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        fixtures = write_fixtures(folder, sizes)
        count = len(list((fixtures / "releases").iterdir()))
        start = partial(_start, stack)
        many, few, crowded = start(fixtures), start(FIXTURES), start(FIXTURES)
        client = stack.enter_context(mock_client(crowded.address))
        client.use_sessions(range(1, options.sessions))
        get = partial(_get, options.gets)
        subjects: dict[str, tuple[Server, Measurement]] = {
            FEW_FIXTURES: (few, get),
            MANY_FIXTURES: (many, get),
            MANY_SESSIONS: (crowded, get),
            EMPTY_JOURNAL: (few, partial(get, prepare=_clear_journal)),
            FULL_JOURNAL: (few, partial(get, prepare=_fill_journal)),
            **{_list_name(size): (many, partial(_list, size, sizes[-1])) for size in sizes},
        }

        def read(subject: str) -> Reading:
            server, measurement = subjects[subject]
            with mock_client(server.address) as client:
                return measurement(server, client)

        readings = in_rounds(list(subjects), read, options.rounds, options.noise)
    return readings, many.start_seconds, count


def _package_sizes(fixtures: int) -> tuple[int, int, int]:
    """Divide the fixtures among three packages: a hundredth, a tenth, and the rest."""
    return fixtures // 100, fixtures // 10, fixtures - fixtures // 10 - fixtures // 100


def _start(stack: ExitStack, fixtures: Path) -> Server:
    def prepare(workspace: Workspace) -> Sequence[Command]:
        commands = CONTENDERS[0].prepare(workspace)
        return [[*command, "--fixtures", fixtures] for command in commands]

    contender = replace(CONTENDERS[0], prepare=prepare)
    return stack.enter_context(serving(contender, timeout=START_TIMEOUT))


def _clear_journal(client: MockClient) -> None:
    client.call("DELETE", "/_mock/journal")


def _fill_journal(client: MockClient) -> None:
    client.get_release(JOURNAL_SIZE)


def _get(
    times: int,
    server: Server,
    client: MockClient,
    prepare: Callable[[MockClient], None] | None = None,
) -> Reading:
    """Return the CPU of the server per request, in microseconds."""
    if prepare:
        prepare(client)
    before = processes.cpu(server.processes())
    client.get_release(times)
    # A tick is the precision of /proc: a cost of 0 would break the ratios.
    spent = max(processes.TICK, processes.cpu(server.processes()) - before)
    return {"each": 1e6 * spent / times}


def _list(size: int, longest: int, _server: Server, client: MockClient) -> Reading:
    """Return the time per item of a list, in microseconds.

    Each list uses a new session, for which the mock has no cached response. The number of lists
    makes all readings as long as one of the longest list.
    """
    body = {"package_id": package_id(size)}
    times = max(1, round(longest / size))
    started_at = time.perf_counter()
    for _ in range(times):
        path = f"/_s/list-{time.monotonic_ns()}/api/package_releases/list"
        releases = client.call("POST", path, body)["package_releases"]
        if len(releases) != size:
            raise WrongResponseError(f"expected a list of {size}; found {len(releases)} releases")
    return {"each": 1e6 * (time.perf_counter() - started_at) / times / size}


def _list_name(size: int) -> str:
    return f"list of {size:,}, per item"


def _tables(
    readings: Readings[str],
    start_seconds: float,
    count: int,
    sizes: Sequence[int],
    options: argparse.Namespace,
) -> Iterator[str]:
    compared = [(*pair, EQUAL) for pair in COMPARED]
    compared.append((_list_name(sizes[-1]), _list_name(sizes[0]), LINEAR))
    start = Must(
        f"first response with {count:,} fixtures",
        f"under {START_LIMIT:g} s",
        f"{start_seconds:.2f} s",
        start_seconds < START_LIMIT,
    )
    yield from must_table([start, *(_must(readings, *pair) for pair in compared)])
    yield ""
    yield from table(
        ("", "µs"),
        ((name, format_spread(readings.spread(name, "each"))) for name in readings.accepted),
    )
    yield ""
    yield (
        f"The value of a get is the CPU of the server, that of a list is time. Many sessions are "
        f"{options.sessions:,}; a full journal has {JOURNAL_SIZE:,} exchanges."
    )


def _must(readings: Readings[str], subject: str, reference: str, limit: float) -> Must:
    ratio = readings.ratio(subject, reference, "each")
    met = ratio.median <= limit if ratio else None
    requirement = f"{subject}: multiple of {reference}"
    return Must(requirement, f"at most {limit:g}", format_spread(ratio, "{:.2f}"), met)


if __name__ == "__main__":
    sys.exit(main())
