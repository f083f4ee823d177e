"""What many fixtures, long lists, many sessions and a full journal cost.

    make bench-scale
    python -m benchmarks.scale --fixtures 1000 --sessions 100 --gets 100 --rounds 1

What was measured stands in docs/benchmarks.md after a run of the usual size.
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
from .contenders import CONTENDERS, JOURNAL, Command, Place
from .load.requests import WrongAnswerError
from .many_fixtures import FIXTURES, package, written
from .report import Must, musts, parser, setting, table, told, write
from .rounds import Reading, Readings, in_rounds
from .serving import Server, serving, the_answer
from .sessions import User, user

USUAL = 10_000
PATIENCE = 300.0  # seconds for a mock with many fixtures to answer at all
LOADED = 8.0  # seconds for as many fixtures
NO_MORE = 1.1  # times: what the measurement can tell from the same
LINEAR = 1.25  # times, of the time for one item of a list

FEW, MANY = "get, the usual fixtures", "get, many fixtures"
CROWDED = "get, many sessions"
EMPTY, FULL = "get, journal emptied before", "get, journal full"
COMPARED = ((MANY, FEW), (CROWDED, FEW), (FULL, EMPTY))


def main() -> int:
    given = parser("scale", rounds=7, seconds=0)
    given.add_argument("--fixtures", type=int, default=USUAL, help="to load (%(default)s)")
    given.add_argument("--sessions", type=int, default=USUAL, help="to use (%(default)s)")
    given.add_argument("--gets", type=int, default=5000, help="in a reading (%(default)s)")
    options = given.parse_args()
    sizes = _sizes(options.fixtures)
    try:
        readings, loaded, count = measure(sizes, options)
    except (WrongAnswerError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    lines = [*_tables(readings, loaded, count, sizes, options)]
    print("\n".join(lines))
    if options.fixtures == options.sessions == USUAL:
        made = setting("make bench-scale", readings.told())
        write(options.document, "scale", [*lines, "", made])
    for subject, why in readings.failed.items():
        print(f"{subject}: {why}", file=sys.stderr)
    return 1 if readings.failed else 0


def measure(sizes: Sequence[int], options: argparse.Namespace) -> tuple[Readings[str], float, int]:
    """What was read; the seconds until a mock with the most fixtures answered, and their number.

    Raises WrongAnswerError.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        fixtures = written(folder, sizes)
        count = len(list((fixtures / "releases").iterdir()))
        answer = the_answer()
        start = partial(_started, stack, answer)
        many, few, crowded = start(fixtures), start(FIXTURES), start(FIXTURES)
        crowd = stack.enter_context(user(crowded.address))
        crowd.begins(range(1, options.sessions))
        users = {
            FEW: (few, partial(_get, options.gets)),
            MANY: (many, partial(_get, options.gets)),
            CROWDED: (crowded, partial(_get, options.gets)),
            EMPTY: (few, partial(_get, options.gets, before=_emptied)),
            FULL: (few, partial(_get, options.gets, before=_filled)),
            **{_list_name(size): (many, partial(_list, size, sizes[-1])) for size in sizes},
        }

        def ask(subject: str) -> Reading:
            server, way = users[subject]
            with user(server.address) as one:
                return way(server, one)

        readings = in_rounds(list(users), ask, options.rounds, options.noise)
    return readings, many.started, count


def _sizes(fixtures: int) -> tuple[int, int, int]:
    """Of the packages: a hundredth of the fixtures, a tenth, and the rest."""
    return fixtures // 100, fixtures // 10, fixtures - fixtures // 10 - fixtures // 100


def _started(stack: ExitStack, answer: str, fixtures: Path) -> Server:
    def lay(place: Place) -> Sequence[Command]:
        return [[*command, "--fixtures", fixtures] for command in CONTENDERS[0].lay(place)]

    return stack.enter_context(serving(replace(CONTENDERS[0], lay=lay), answer, PATIENCE))


def _emptied(one: User) -> None:
    one.asks("DELETE", "/_mock/journal")


def _filled(one: User) -> None:
    one.gets(JOURNAL)


def _get(
    times: int, server: Server, one: User, before: Callable[[User], None] | None = None
) -> Reading:
    """Microseconds of CPU that a request takes."""
    if before:
        before(one)
    computed = processes.cpu(server.tree())
    one.gets(times)
    spent = max(processes.TICK, processes.cpu(server.tree()) - computed)  # nothing finer is told
    return {"each": 1e6 * spent / times}


def _list(size: int, most: int, _server: Server, one: User) -> Reading:
    """Microseconds that one item of a list takes, each list in a session of its own: of another the
    mock remembers nothing. most: items of the longest list, which each reading asks for, so that
    all take as long."""
    body = {"package_id": package(size)}
    times = max(1, round(most / size))
    began = time.perf_counter()
    for _ in range(times):
        path = f"/_s/list-{time.monotonic_ns()}/api/package_releases/list"
        if len(one.asks("POST", path, body)["package_releases"]) != size:
            raise WrongAnswerError(f"a list of {size} has another length")
    return {"each": 1e6 * (time.perf_counter() - began) / times / size}


def _list_name(size: int) -> str:
    return f"list of {size:,}, an item"


def _tables(
    readings: Readings[str],
    loaded: float,
    count: int,
    sizes: Sequence[int],
    options: argparse.Namespace,
) -> Iterator[str]:
    compared = [(*each, NO_MORE) for each in COMPARED]
    compared.append((_list_name(sizes[-1]), _list_name(sizes[0]), LINEAR))
    claims = [_claim(readings, *each) for each in compared]
    first = f"first answer with {count:,} fixtures"
    bound = f"under {LOADED:g} s"
    yield from musts([Must(first, bound, f"{loaded:.2f} s", loaded < LOADED), *claims])
    yield ""
    yield from table(
        ("", "µs"),
        ((name, told(readings.spread(name, "each"))) for name in readings.kept),
    )
    yield ""
    yield (
        f"A get is told in CPU of the server, an item of a list in time. Many sessions are "
        f"{options.sessions:,}; a full journal has {JOURNAL:,} exchanges."
    )


def _claim(readings: Readings[str], one: str, other: str, bound: float) -> Must:
    ratio = readings.ratio(one, other, "each")
    reached = ratio.median <= bound if ratio else None
    return Must(f"{one}, times {other}", f"at most {bound:g}", told(ratio, "{:.2f}"), reached)


if __name__ == "__main__":
    sys.exit(main())
