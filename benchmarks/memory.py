"""Measure the memory of the processes of each server as proportional set size (PSS).

    make bench-memory
    python -m benchmarks.memory --seconds 1 --sessions 100 --only mock-server

PSS divides shared pages among their processes. It is measured after the start and after load, and
for the mock also with a full journal and many sessions. A run of all servers updates
docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress

from .contenders import JOURNAL_SIZE, OURS, select_contenders
from .load.closed_loop import measure_throughput
from .load.requests import WrongResponseError
from .mock_client import mock_client
from .processes import pss
from .report import (
    MIB,
    Must,
    caption,
    megabytes,
    must_table,
    parser,
    table,
    update_document,
    versions,
)
from .serving import Server, reference_response, serving

START, LOAD, FULL_JOURNAL = "at start", "after load", "full journal"
MANY_SESSIONS, SESSIONS_AGAIN = "many sessions", "many sessions, used again"
PSS_LIMIT = 90 * MIB
SESSION_LIMIT, SESSIONS_ABOVE_LIMIT = 10_000, 20
GROWTH_LIMIT = 1.1  # when the same sessions are used again

Memory = Mapping[str, int]  # bytes of PSS at each of these moments


def main() -> int:
    """Run the benchmark. Return 1 if a contender failed."""
    arguments = parser("memory", rounds=1, seconds=5)
    arguments.add_argument(
        "--sessions", type=int, default=SESSION_LIMIT, help="to create (%(default)s)"
    )
    options = arguments.parse_args()
    response, errors = reference_response(), []
    memory: dict[str, dict[str, int]] = {}
    session_count = 0
    for contender in select_contenders(options.only):
        try:
            with serving(contender, response) as server:
                memory[contender.name] = _under_load(server, options.seconds)
                if contender.name == OURS:
                    sessions, session_count = _with_sessions(server, options.sessions)
                    memory[contender.name] |= sessions
        except (WrongResponseError, OSError) as error:
            errors.append(f"{contender.name}: {error}")
    lines = [*_tables(memory, options, session_count)]
    print("\n".join(lines))
    if not options.only:
        note = caption("make bench-memory", versions())
        update_document(options.document, "memory", [*lines, "", note])
    for error_line in errors:
        print(error_line, file=sys.stderr)
    return 1 if errors else 0


def _under_load(server: Server, seconds: float) -> dict[str, int]:
    start = pss(server.processes())
    measure_throughput(server.address, server.contender.requests[0], seconds)
    return {START: start, LOAD: pss(server.processes())}


def _with_sessions(server: Server, sessions: int) -> tuple[dict[str, int], int]:
    """Fill the journal and create sessions.

    Return the memory, and the number of sessions that the mock holds after further requests.
    """
    with mock_client(server.address) as client:
        client.get_release(JOURNAL_SIZE + 1)
        full_journal = pss(server.processes())
        client.use_sessions(range(1, sessions))
        many = pss(server.processes())
        client.use_sessions(range(1, sessions))
        again = pss(server.processes())
        with suppress(WrongResponseError):  # the mock may reject further sessions
            client.use_sessions(range(sessions, sessions + SESSIONS_ABOVE_LIMIT))
        memory = {FULL_JOURNAL: full_journal, MANY_SESSIONS: many, SESSIONS_AGAIN: again}
        return memory, client.count_sessions()


def _tables(
    memory: Mapping[str, Memory], options: argparse.Namespace, session_count: int
) -> Iterator[str]:
    ours = memory.get(OURS, {})
    yield from must_table(_musts(ours, options.sessions, session_count))
    yield ""
    yield from table(
        ("PSS", START, LOAD),
        (
            (name, *(megabytes(values[moment]) for moment in (START, LOAD)))
            for name, values in memory.items()
        ),
    )
    if FULL_JOURNAL in ours:
        yield ""
        rows = {
            f"with a full journal of {JOURNAL_SIZE:,}": FULL_JOURNAL,
            f"with {options.sessions:,} sessions": MANY_SESSIONS,
            "all used again": SESSIONS_AGAIN,
        }
        yield from table(
            ("mock-server", "PSS"),
            ((name, megabytes(ours[moment])) for name, moment in rows.items()),
        )


def _musts(ours: Memory, sessions: int, session_count: int) -> Iterator[Must]:
    measured = FULL_JOURNAL in ours
    for moment in (LOAD, FULL_JOURNAL):
        value = ours.get(moment)
        yield Must(
            f"PSS of all processes, {moment}",
            f"under {megabytes(PSS_LIMIT)}",
            megabytes(value) if value else "",
            value < PSS_LIMIT if value else None,
        )
    growth = ours[SESSIONS_AGAIN] / ours[MANY_SESSIONS] if measured else 0
    yield Must(
        f"PSS when {sessions:,} sessions are used again, multiple of the PSS before",
        f"under {GROWTH_LIMIT:g}",
        f"{growth:.2f}",
        growth < GROWTH_LIMIT if measured else None,
    )
    yield Must(
        "sessions in memory",
        f"at most {SESSION_LIMIT:,}",
        f"{session_count:,}",
        session_count <= SESSION_LIMIT if measured else None,
    )


if __name__ == "__main__":
    sys.exit(main())
