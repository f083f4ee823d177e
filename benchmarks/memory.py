"""How much memory the processes of a server take: proportional set size, shared parts divided.

    make bench-memory
    python -m benchmarks.memory --seconds 1 --sessions 100 --only mock-server

Right after its start, after load, and, of the mock, with full journals and many sessions. What was
measured stands in docs/benchmarks.md after a run of them all.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress

from .contenders import JOURNAL, OURS, chosen
from .load.closed import press
from .load.requests import WrongAnswerError
from .processes import pss
from .report import Must, megabytes, musts, parser, setting, table, versions, write
from .serving import Server, serving, the_answer
from .sessions import user

MIB = 2**20
START, LOAD, FULL, MANY, ANEW = (
    "at start",
    "after load",
    "full journal",
    "sessions",
    "and once more",
)
BOUND = 90 * MIB
KEPT, MORE = 10_000, 20  # sessions

Taken = Mapping[str, int]  # bytes, by when


def main() -> int:
    given = parser("memory", rounds=1, seconds=5)
    given.add_argument("--sessions", type=int, default=KEPT, help="to use (%(default)s)")
    options = given.parse_args()
    answer, taken, failed = the_answer(), {}, []
    kept = 0
    for contender in chosen(options.only):
        try:
            with serving(contender, answer) as server:
                taken[contender.name] = _loaded(server, options.seconds)
                if contender.name == OURS:
                    more, kept = _used(server, options.sessions)
                    taken[contender.name] |= more
        except (WrongAnswerError, OSError) as error:
            failed.append(f"{contender.name}: {error}")
    lines = [*_tables(taken, options, kept)]
    print("\n".join(lines))
    if not options.only:
        write(options.document, "memory", [*lines, "", setting("make bench-memory", versions())])
    for each in failed:
        print(each, file=sys.stderr)
    return 1 if failed else 0


def _loaded(server: Server, seconds: float) -> dict[str, int]:
    start = pss(server.tree())
    press(server.address, server.contender.asked[0], seconds)
    return {START: start, LOAD: pss(server.tree())}


def _used(server: Server, sessions: int) -> tuple[dict[str, int], int]:
    """With a full journal; with so many sessions; and when they are used once more. Also how many
    sessions are kept when some more are asked for."""
    with user(server.address) as one:
        one.gets(JOURNAL + 1)
        full = pss(server.tree())
        one.begins(range(1, sessions))
        many = pss(server.tree())
        one.begins(range(1, sessions))
        anew = pss(server.tree())
        with suppress(WrongAnswerError):  # it may refuse them
            one.begins(range(sessions, sessions + MORE))
        return {FULL: full, MANY: many, ANEW: anew}, one.sessions()


def _tables(taken: Mapping[str, Taken], options: argparse.Namespace, kept: int) -> Iterator[str]:
    yield from musts(_claims(taken.get(OURS, {}), options.sessions, kept))
    yield ""
    yield from table(
        ("", START, LOAD),
        (
            (name, *(megabytes(each[when]) for when in (START, LOAD)))
            for name, each in taken.items()
        ),
    )
    if FULL in (ours := taken.get(OURS, {})):
        yield ""
        names = (f"with a full journal of {JOURNAL:,}", f"with {options.sessions:,} sessions")
        yield from table(
            ("mock-server", "PSS"),
            (
                (name, megabytes(ours[when]))
                for name, when in zip((*names, "all used again"), (FULL, MANY, ANEW), strict=True)
            ),
        )


def _claims(ours: Taken, sessions: int, kept: int) -> Iterator[Must]:
    known = FULL in ours
    for when in (LOAD, FULL):
        value = ours.get(when)
        yield Must(
            f"PSS of all processes, {when}",
            f"under {megabytes(BOUND)}",
            megabytes(value) if value else "",
            value < BOUND if value else None,
        )
    grown = ours[ANEW] / ours[MANY] if known else 0
    yield Must(
        f"PSS when {sessions:,} sessions are used again, by that before",
        "under 1.1",
        f"{grown:.2f}",
        grown < 1.1 if known else None,
    )
    yield Must("sessions kept", f"{KEPT:,} at most", f"{kept:,}", kept <= KEPT if known else None)


if __name__ == "__main__":
    sys.exit(main())
