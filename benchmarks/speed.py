"""How many requests a second, how much CPU each, and how long one takes: the mock and its peers.

    make bench
    python -m benchmarks.speed --rounds 1 --seconds 1 --only mock-server Prism

All run at once, and are loaded one after the other in rounds. It fails when one cannot be started
or answers wrongly. What was measured stands in docs/benchmarks.md after a run of them all.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from . import processes
from .contenders import OURS, PRISM, WIREMOCKS, chosen
from .load.closed import press
from .load.paced import pace
from .load.requests import Asked, WrongAnswerError
from .load.streams import following
from .plot import Bar, bars
from .report import Must, musts, parser, setting, table, told, versions, write
from .rounds import Reading, Readings, Spread, in_rounds
from .serving import Server, prove, serving, the_answer

REFERENCE = ("get", "refused")  # what all can be asked
CONNECTIONS, STREAMS = 32, 50
PART = 0.8  # of the most that Prism takes: the pace at which the time of a request is measured

Subject = tuple[str, str]  # the name of a contender, and of what it is asked


@dataclass(frozen=True)
class Measured:
    """What all rounds showed. pace: requests a second of the readings in `paced`."""

    pressed: Readings[Subject]
    paced: Readings[str]
    pace: float


def main() -> int:
    given = parser("speed", rounds=5, seconds=5)
    given.add_argument("--warm", type=float, default=1, help="times as long as usual (%(default)s)")
    options = given.parse_args()
    failed: dict[str, str] = {}
    with ExitStack() as stack:
        servers, answer = [], the_answer()
        for contender in chosen(options.only):
            try:
                server = stack.enter_context(serving(contender, answer))
                prove(server)
                press(server.address, contender.asked[0], contender.warm * options.warm)
                servers.append(server)
            except (WrongAnswerError, OSError) as error:
                failed[contender.name] = str(error)
        measured = measure(servers, options)
    failed |= {f"{name}: {asked}": why for (name, asked), why in measured.pressed.failed.items()}
    failed |= {f"{name}: at a pace": why for name, why in measured.paced.failed.items()}
    lines = [*_tables(measured, servers, list(failed))]
    print("\n".join(lines))
    if not options.only:
        drawing = options.document.with_suffix(".svg")
        drawing.write_text(_plot(measured.pressed), "utf-8")
        made = setting("make bench", measured.pressed.told(), versions())
        picture = f"![Requests a second of each]({drawing.name})"
        write(options.document, "speed", [*lines, "", picture, "", made])
    for name, why in failed.items():
        print(f"{name}: {why}", file=sys.stderr)
    return 1 if failed else 0


def measure(servers: Sequence[Server], options: argparse.Namespace) -> Measured:
    by_name = {server.contender.name: server for server in servers}
    subjects = {
        (server.contender.name, asked.name): (server, asked)
        for server in servers
        for asked in server.contender.asked
    }

    def most(subject: Subject) -> Reading:
        return _pressed(*subjects[subject], options.seconds)

    pressed = in_rounds(list(subjects), most, options.rounds, options.noise)
    taken = pressed.spread((PRISM, "get"), "rate")
    pace_of_all = PART * taken.median if taken else 0

    def at_that_pace(name: str) -> Reading:
        address, seconds = by_name[name].address, 2 * options.seconds
        if name != OURS:
            return pace(address, pace_of_all, seconds)
        with following(address, STREAMS) as heard:
            reading = pace(address, pace_of_all, seconds)
        if heard.events < STREAMS:
            raise WrongAnswerError(f"{heard.events} events came over {STREAMS} streams")
        return reading

    compared = [name for name in (OURS, PRISM) if name in by_name and pace_of_all]
    paced = in_rounds(compared, at_that_pace, options.rounds, options.noise)
    return Measured(pressed, paced, pace_of_all)


def _pressed(server: Server, asked: Asked, seconds: float) -> Reading:
    before = processes.cpu(server.tree())
    done = press(server.address, asked, seconds, CONNECTIONS)
    spent = processes.cpu(server.tree()) - before
    return {"rate": done.requests / done.seconds, "cpu": 1e6 * spent / done.requests}


def _tables(measured: Measured, servers: Sequence[Server], failed: Sequence[str]) -> Iterator[str]:
    yield from musts(_claims(measured))
    yield ""
    yield from table(
        ("", "asked", "requests a second", "times Prism", "CPU µs a request"),
        [*_rows(measured.pressed, servers), *((name, "", "**failed**", "", "") for name in failed)],
    )
    yield ""
    at = f"at {measured.pace:,.0f} requests a second"
    yield from table(
        (at, "p50 ms", "p99 ms", "p99 ms, lateness of the load itself"),
        (
            (
                f"{name}, {STREAMS} streams open" if name == OURS else name,
                *(_milliseconds(measured.paced, name, part) for part in ("p50", "p99", "late")),
            )
            for name in measured.paced.kept
        ),
    )


def _rows(pressed: Readings[Subject], servers: Sequence[Server]) -> Iterator[Sequence[str]]:
    for server in servers:
        for asked in server.contender.asked:
            subject = (server.contender.name, asked.name)
            yield (
                *subject,
                told(pressed.spread(subject, "rate")),
                told(pressed.ratio(subject, (PRISM, asked.name), "rate"), "{:.2f}")
                if (PRISM, asked.name) in pressed.kept
                else "",
                told(pressed.spread(subject, "cpu")),
            )


def _milliseconds(paced: Readings[str], name: str, quantity: str) -> str:
    value = paced.spread(name, quantity)
    if value is None:
        return told(None)
    return told(Spread(*(1000 * each for each in (value.median, value.low, value.high))), "{:.1f}")


def _claims(measured: Measured) -> Iterator[Must]:
    pressed = measured.pressed
    for asked in REFERENCE:
        one = (OURS, asked)
        ratio = pressed.ratio(one, (PRISM, asked), "rate")
        yield _at_least(f"{asked}, times Prism", ratio, 8)
        for name in WIREMOCKS:
            ratio = pressed.ratio(one, (name, asked), "rate")
            yield _at_least(f"{asked}, times {name}", ratio, 1)
        for name in (PRISM, *WIREMOCKS):
            ratio = pressed.ratio(one, (name, asked), "cpu")
            yield _below(f"{asked}, CPU a request by that of {name}", ratio, 1)
    ratio = measured.paced.ratio(OURS, PRISM, "p99")
    yield _below(f"p99 by Prism's, {STREAMS} streams open", ratio, 0.25)


def _at_least(what: str, ratio: Spread | None, bound: float) -> Must:
    reached = ratio.median >= bound if ratio else None
    return Must(what, f"at least {bound:g}", told(ratio, "{:.2f}"), reached)


def _below(what: str, ratio: Spread | None, bound: float) -> Must:
    reached = ratio.median < bound if ratio else None
    return Must(what, f"under {bound:g}", told(ratio, "{:.2f}"), reached)


def _plot(pressed: Readings[Subject]) -> str:
    rows = [
        Bar(name, value, name.startswith(OURS))
        for name, asked in pressed.kept
        if asked == "get" and (value := pressed.spread((name, asked), "rate"))
    ]
    ordered = sorted(rows, key=lambda row: -row.value.median)
    return bars(f"Requests a second, get, {CONNECTIONS} connections", ordered)


if __name__ == "__main__":
    sys.exit(main())
