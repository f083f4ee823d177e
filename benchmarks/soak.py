"""A long run of mixed load, with faults, streams, resets, admin calls, slow and broken clients.

    make soak ARGS="--minutes 30"
    python -m benchmarks.soak --minutes 0.1

It fails at a 5xx or a lost connection that no fault asked for, and when memory, threads or
descriptors still grow after warm-up. What was measured stands in docs/benchmarks.md after a run of
30 minutes or more.
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

from .contenders import CONTENDERS, OURS, chosen
from .processes import descriptors, own, threads
from .report import DOCUMENT, MIB, Must, musts, setting, table, write
from .serving import NotServingError, Server, serving, the_answer
from .trends import LEVELS, Sample, Trend, trend
from .user_actions import Actor, Tally, act

USUAL = 30.0  # minutes
EVERY = 10.0  # seconds between two samples
ACTORS, SESSIONS = 8, 300
COURSE = 12  # moments of the run of which the samples are shown
PAUSE = 0.02  # seconds between two deeds of an actor, on average


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak")
    parser.add_argument("--minutes", type=float, default=USUAL, help="default: %(default)s")
    parser.add_argument("--seed", type=int, default=0, help="of what the actors do (%(default)s)")
    names = [each.name for each in CONTENDERS if each.name.startswith(OURS)]
    parser.add_argument("--server", choices=names, default=names[0], help="default: %(default)s")
    parser.add_argument("--document", type=Path, default=DOCUMENT, help="where figures are written")
    options = parser.parse_args()
    (contender,) = chosen([options.server])
    try:
        with serving(contender, the_answer()) as server:
            samples, tally = run(server, 60 * options.minutes, options.seed)
    except NotServingError as error:
        print(error, file=sys.stderr)
        return 1
    claims = [*_claims(samples, tally)]
    lines = [*musts(claims), "", *_figures(samples, tally)]
    print("\n".join(lines))
    for each in tally.unasked[:10]:
        print(each, file=sys.stderr)
    if options.minutes >= USUAL:
        made = setting(f'make soak ARGS="--minutes {options.minutes:g}"', options.server)
        write(options.document, "soak", [*lines, "", made])
    return 1 if any(each.reached is False for each in claims) else 0


def run(server: Server, seconds: float, seed: int) -> tuple[list[Sample], Tally]:
    """Lets the actors act for so long; the samples, and what all of them were answered."""
    stop, tallies = threading.Event(), [Tally() for _ in range(ACTORS)]
    host = server.address.partition("/")[0]
    acting = [
        threading.Thread(target=_act, args=(host, f"{seed}-{number}", tally, stop))
        for number, tally in enumerate(tallies)
    ]
    for thread in acting:
        thread.start()
    try:
        samples = list(_sampled(server, seconds))
    finally:
        stop.set()
        for thread in acting:
            thread.join()
    whole = Tally()
    for tally in tallies:
        whole.statuses += tally.statuses
        whole.deeds += tally.deeds
        whole.unasked += tally.unasked
    return samples, whole


def _act(host: str, seed: str, tally: Tally, stop: threading.Event) -> None:
    chance = random.Random(seed)
    while not stop.wait(chance.expovariate(1 / PAUSE)):
        act(Actor(host, f"soak-{chance.randrange(SESSIONS)}", chance, tally))


def _sampled(server: Server, seconds: float) -> Iterator[Sample]:
    began = time.monotonic()
    while (at := time.monotonic() - began) < seconds:
        pids = server.tree()
        yield Sample(at, own(pids), threads(pids), descriptors(pids))
        time.sleep(min(EVERY, seconds - at))


def _claims(samples: Sequence[Sample], tally: Tally) -> Iterator[Must]:
    unasked = len(tally.unasked)
    yield Must("5xx and lost connections that no fault asked for", "0", str(unasked), not unasked)
    for quantity, level in LEVELS.items():
        found = trend(samples, quantity)
        yield Must(
            f"{quantity}, growth after warm-up",
            f"at most {100 * level.part:g} % or {_of(quantity, level.least)}",
            _percent(found) if found else "too short a run",
            level.holds(found) if found else None,
        )


def _percent(found: Trend) -> str:
    return f"{100 * found.grown / (found.mean or 1):+.1f} %"


def _of(quantity: str, value: float) -> str:
    return f"{value / MIB:.0f} MB" if quantity == "memory" else f"{value:.0f}"


def _figures(samples: Sequence[Sample], tally: Tally) -> Iterator[str]:
    rows = []
    for quantity in LEVELS:
        if found := trend(samples, quantity):
            each = (found.mean, found.least, found.most)
            rows.append((quantity, *(_of(quantity, value) for value in each)))
    yield from table(("after warm-up", "mean", "least", "most"), rows)
    yield ""
    shown = samples[:: max(1, len(samples) // COURSE)]
    told = [(each.at / 60, each.memory / MIB, each.threads, each.descriptors) for each in shown]
    course = [[f"{value:.0f}" for value in each] for each in told]
    yield from table(("minute", "memory (MB)", "threads", "descriptors"), course)
    yield ""
    yield f"Deeds: {_counted(tally.deeds)}."
    yield f"Answers: {_counted(tally.statuses)}."


def _counted(counter: Counter[str] | Counter[int]) -> str:
    return ", ".join(f"{name} {times:,}" for name, times in sorted(counter.items(), key=str))


if __name__ == "__main__":
    sys.exit(main())
