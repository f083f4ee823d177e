"""Measure requests per second, CPU per request and response times of the mock and its peers.

    make bench
    python -m benchmarks.speed --rounds 1 --seconds 1 --only mock-server Prism

All servers run at once, and one is loaded at a time, in rounds. The exit code is 1 if a must is
missed, or if a server does not start or responds incorrectly. A run of all servers updates
docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from . import processes
from .contenders import OURS, PRISM, select_contenders
from .load.closed_loop import measure_throughput
from .load.open_loop import measure_response_times
from .load.requests import (
    GET,
    Request,
    WrongResponseError,
)
from .load.streams import open_streams
from .plot import Bar, bars
from .report import (
    Must,
    caption,
    format_spread,
    must_table,
    parser,
    table,
    update_document,
    versions,
)
from .rounds import Reading, Readings, Spread, in_rounds
from .serving import Server, check_responses, reference_response, serving
from .speed_musts import STREAMS, Subject, check_musts

CONNECTIONS = 32
PACE = 0.8  # of Prism's throughput: the rate at which response times are measured


@dataclass(frozen=True)
class Measurements:
    """The readings of all rounds. rate: the requests per second of `response_times`."""

    throughput: Readings[Subject]
    response_times: Readings[str]
    rate: float

    def errors(self) -> dict[str, str]:
        """Return what responded incorrectly, and how."""
        loaded = {f"{name}: {of}": error for (name, of), error in self.throughput.errors.items()}
        paced = {f"{name}: response times": e for name, e in self.response_times.errors.items()}
        return loaded | paced


def main() -> int:
    """Run the benchmark and return the exit code."""
    arguments = parser("speed", rounds=5, seconds=5)
    arguments.add_argument(
        "--warm-up", type=float, default=1, help="multiply the warm-up times by this (%(default)s)"
    )
    options = arguments.parse_args()
    errors: dict[str, str] = {}
    with ExitStack() as stack:
        servers = list(_start(stack, options, errors))
        measurements = measure(servers, options)
    errors |= measurements.errors()
    musts = list(check_musts(measurements.throughput, measurements.response_times))
    lines = [*must_table(musts), "", *_tables(measurements, servers, list(errors))]
    print("\n".join(lines))
    if not options.only:
        chart = options.document.with_suffix(".svg")
        chart.write_text(_chart(measurements.throughput), "utf-8")
        note = caption("make bench", measurements.throughput.summary(), versions())
        image = f"![Requests per second of each server]({chart.name})"
        update_document(options.document, "speed", [*lines, "", image, "", note])
    for name, error in errors.items():
        print(f"{name}: {error}", file=sys.stderr)
    return exit_code(musts, errors)


def exit_code(musts: Sequence[Must], errors: Mapping[str, str]) -> int:
    """Return 1 if a must is missed or a server failed. A must without a value is not missed."""
    return 1 if errors or any(must.met is False for must in musts) else 0


def _start(
    stack: ExitStack, options: argparse.Namespace, errors: dict[str, str]
) -> Iterator[Server]:
    """Start, check and warm up the contenders. Add those that fail to `errors`."""
    response = reference_response()
    for contender in select_contenders(options.only):
        try:
            server = stack.enter_context(serving(contender, response))
            check_responses(server)
            seconds = contender.warm_up * options.warm_up
            measure_throughput(server.address, contender.requests[0], seconds)
        except (WrongResponseError, OSError) as error:
            errors[contender.name] = str(error)
        else:
            yield server


def measure(servers: Sequence[Server], options: argparse.Namespace) -> Measurements:
    """Measure the throughput of all servers, then the response times of the mock and Prism."""
    by_name = {server.contender.name: server for server in servers}
    subjects = {
        (server.contender.name, request.name): (server, request)
        for server in servers
        for request in server.contender.requests
    }

    def load(subject: Subject) -> Reading:
        return _load(*subjects[subject], options.seconds)

    throughput = in_rounds(list(subjects), load, options.rounds, options.noise)
    prism = throughput.spread((PRISM, GET.name), "rate")
    rate = PACE * prism.median if prism else 0

    def response_times(name: str) -> Reading:
        address, seconds = by_name[name].address, 2 * options.seconds
        if name != OURS:
            return measure_response_times(address, rate, seconds)
        with open_streams(address, STREAMS) as received:
            reading = measure_response_times(address, rate, seconds)
        if received.events < STREAMS:
            raise WrongResponseError(f"{received.events} events received on {STREAMS} streams")
        return reading

    compared = [name for name in (OURS, PRISM) if name in by_name and rate]
    times = in_rounds(compared, response_times, options.rounds, options.noise)
    return Measurements(throughput, times, rate)


def _load(server: Server, request: Request, seconds: float) -> Reading:
    before = processes.cpu(server.processes())
    done = measure_throughput(server.address, request, seconds, CONNECTIONS)
    spent = processes.cpu(server.processes()) - before
    return {"rate": done.responses / done.seconds, "cpu": 1e6 * spent / done.responses}


def _tables(
    measurements: Measurements, servers: Sequence[Server], errors: Sequence[str]
) -> Iterator[str]:
    failed = [(name, "", "**failed**", "", "") for name in errors]
    yield from table(
        ("server", "request", "requests per second", "multiple of Prism", "CPU µs per request"),
        [*_rows(measurements.throughput, servers), *failed],
    )
    yield ""
    times = measurements.response_times
    yield from table(
        (
            f"at {measurements.rate:,.0f} requests per second",
            "p50 ms",
            "p99 ms",
            "p99 ms, delay of the load generator",
        ),
        (
            (
                f"{name}, {STREAMS} open streams" if name == OURS else name,
                *(_milliseconds(times, name, quantity) for quantity in ("p50", "p99", "late")),
            )
            for name in times.accepted
        ),
    )


def _rows(throughput: Readings[Subject], servers: Sequence[Server]) -> Iterator[Sequence[str]]:
    for server in servers:
        for request in server.contender.requests:
            subject, prism = (server.contender.name, request.name), (PRISM, request.name)
            ratio = format_spread(throughput.ratio(subject, prism, "rate"), "{:.2f}")
            yield (
                *subject,
                format_spread(throughput.spread(subject, "rate")),
                ratio if prism in throughput.accepted else "",
                format_spread(throughput.spread(subject, "cpu")),
            )


def _milliseconds(times: Readings[str], name: str, quantity: str) -> str:
    value = times.spread(name, quantity)
    if value is None:
        return format_spread(None)
    milliseconds = Spread(*(1000 * seconds for seconds in (value.median, value.low, value.high)))
    return format_spread(milliseconds, "{:.1f}")


def _chart(throughput: Readings[Subject]) -> str:
    rows = [
        Bar(name, value, name.startswith(OURS))
        for name, request in throughput.accepted
        if request == GET.name and (value := throughput.spread((name, request), "rate"))
    ]
    ordered = sorted(rows, key=lambda row: -row.value.median)
    return bars(f"Requests per second: get, {CONNECTIONS} connections", ordered)


if __name__ == "__main__":
    sys.exit(main())
