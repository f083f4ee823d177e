"""Run a mixed load for a long time: faults, streams, control calls, slow and broken clients.

    make soak ARGS="--minutes 30"
    python -m benchmarks.soak --minutes 0.1

The exit code is 1 if there is a 5xx or a lost connection without a fault, or if memory, threads or
descriptors grow after the warm-up. A run of at least 30 minutes updates docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import random
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from .contenders import CONTENDERS, OURS, select_contenders
from .processes import anonymous_memory, descriptors, threads
from .report import DOCUMENT, MIB, Must, caption, must_table, table, update_document
from .serving import NotServingError, Server, serving
from .trends import LEVELS, Sample, Trend, trend
from .user_actions import Tally, User, act

DEFAULT_MINUTES = 30.0
SAMPLE_INTERVAL = 10.0  # seconds
USERS, SESSIONS = 8, 300
SAMPLES_SHOWN = 12
PAUSE = 0.02  # mean seconds between two actions of a user


def main() -> int:
    """Run the load and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak")
    parser.add_argument(
        "--minutes", type=float, default=DEFAULT_MINUTES, help="default: %(default)s"
    )
    parser.add_argument("--seed", type=int, default=0, help="of the actions (%(default)s)")
    names = [contender.name for contender in CONTENDERS if contender.name.startswith(OURS)]
    parser.add_argument("--server", choices=names, default=names[0], help="default: %(default)s")
    parser.add_argument(
        "--document", type=Path, default=DOCUMENT, help="the document to update (%(default)s)"
    )
    options = parser.parse_args()
    (contender,) = select_contenders([options.server])
    try:
        with serving(contender) as server:
            samples, tally = run(server, 60 * options.minutes, options.seed)
    except NotServingError as error:
        print(error, file=sys.stderr)
        return 1
    musts = [*_musts(samples, tally)]
    lines = [*must_table(musts), "", *_tables(samples, tally)]
    print("\n".join(lines))
    for error_line in tally.errors[:10]:
        print(error_line, file=sys.stderr)
    if options.minutes >= DEFAULT_MINUTES:
        note = caption(f'make soak ARGS="--minutes {options.minutes:g}"', options.server)
        update_document(options.document, "soak", [*lines, "", note])
    return 1 if any(must.met is False for must in musts) else 0


def run(server: Server, seconds: float, seed: int) -> tuple[list[Sample], Tally]:
    """Let the users act. Return the samples, and the sum of the tallies of all users."""
    stop, tallies = threading.Event(), [Tally() for _ in range(USERS)]
    host = server.address.partition("/")[0]
    users = [
        threading.Thread(target=_use, args=(host, f"{seed}-{number}", tally, stop))
        for number, tally in enumerate(tallies)
    ]
    for thread in users:
        thread.start()
    try:
        samples = list(_samples(server, seconds))
    finally:
        stop.set()
        for thread in users:
            thread.join()
    total = Tally()
    for tally in tallies:
        total.statuses += tally.statuses
        total.actions += tally.actions
        total.errors += tally.errors
    return samples, total


def _use(host: str, seed: str, tally: Tally, stop: threading.Event) -> None:
    choice = random.Random(seed)
    while not stop.wait(choice.expovariate(1 / PAUSE)):
        act(User(host, f"soak-{choice.randrange(SESSIONS)}", choice, tally))


def _samples(server: Server, seconds: float) -> Iterator[Sample]:
    started_at = time.monotonic()
    while (at := time.monotonic() - started_at) < seconds:
        pids = server.processes()
        yield Sample(at, anonymous_memory(pids), threads(pids), descriptors(pids))
        time.sleep(min(SAMPLE_INTERVAL, seconds - at))


def _musts(samples: Sequence[Sample], tally: Tally) -> Iterator[Must]:
    errors = len(tally.errors)
    yield Must("5xx and lost connections without a fault", "0", str(errors), not errors)
    for quantity, level in LEVELS.items():
        growth = trend(samples, quantity)
        yield Must(
            f"{quantity}: growth after the warm-up",
            f"at most {100 * level.part:g} % or {_format(quantity, level.absolute)}",
            _percent(growth) if growth else "the run is too short",
            level.holds(growth) if growth else None,
        )


def _percent(growth: Trend) -> str:
    return f"{100 * growth.growth / (growth.mean or 1):+.1f} %"


def _format(quantity: str, value: float) -> str:
    return f"{value / MIB:.0f} MB" if quantity == "memory" else f"{value:.0f}"


def _tables(samples: Sequence[Sample], tally: Tally) -> Iterator[str]:
    rows = []
    for quantity in LEVELS:
        if value := trend(samples, quantity):
            numbers = (value.mean, value.minimum, value.maximum)
            rows.append((quantity, *(_format(quantity, number) for number in numbers)))
    yield from table(("after the warm-up", "mean", "minimum", "maximum"), rows)
    yield ""
    shown = samples[:: max(1, len(samples) // SAMPLES_SHOWN)]
    values = [(s.at / 60, s.memory / MIB, s.threads, s.descriptors) for s in shown]
    cells = [[f"{value:.0f}" for value in row] for row in values]
    yield from table(("minute", "memory (MB)", "threads", "descriptors"), cells)
    yield ""
    yield f"Actions: {_counts(tally.actions)}."
    yield f"Responses: {_counts(tally.statuses)}."


def _counts(counter: Counter[str] | Counter[int]) -> str:
    return ", ".join(f"{name} {times:,}" for name, times in sorted(counter.items(), key=str))


if __name__ == "__main__":
    sys.exit(main())
