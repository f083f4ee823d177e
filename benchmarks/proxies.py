"""Measure what a proxy costs: ours, a plain one in Python, and Prism's.

    make bench-proxy
    python -m benchmarks.proxies --rounds 1 --only mock-server

Each stands in front of an nginx that serves one release. A run of all proxies updates
docs/benchmarks.md.
"""

from __future__ import annotations

import http.client
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from statistics import median

from . import processes
from .contenders import MOCK_SERVER, NODE_PROGRAMS, ROOT, Command, Contender, Workspace, nginx
from .load.closed_loop import measure_throughput
from .load.requests import GET, HEADERS, WrongResponseError
from .report import Must, caption, must_table, parser, table, update_document, versions
from .rounds import Reading, Readings, Spread, in_rounds
from .serving import Server, check_responses, reference_response, serving

DIRECT, OURS, PLAIN, PRISM = "nginx, without a proxy", "mock-server", "plain, in Python", "Prism"
PLAIN_PROXY = ROOT / "benchmarks" / "peers" / "plain_proxy.py"
MEASURED = 300  # requests one after the other
LARGEST_DELAY, SMALLEST_SHARE = 1.0, 0.8  # milliseconds; of the throughput of a plain proxy


def _behind(
    command: Callable[[str, str], Command],
) -> Callable[[Workspace], Sequence[Command]]:
    """Return a function that prepares nginx and a proxy in front of it.

    command: starts the proxy, from its port and the URL of nginx.
    """

    def prepare(workspace: Workspace) -> list[Command]:
        upstream = replace(workspace, port=workspace.spare_port)
        url = f"http://127.0.0.1:{workspace.spare_port}"
        return [*nginx(upstream), command(str(workspace.port), url)]

    return prepare


CONTENDERS = (
    Contender(DIRECT, nginx, (GET,)),
    Contender(
        OURS,
        _behind(
            lambda port, url: [MOCK_SERVER, "proxy", "--upstream", url, "--port", port, "--quiet"]
        ),
        (GET,),
    ),
    Contender(PLAIN, _behind(lambda port, url: [sys.executable, PLAIN_PROXY, port, url]), (GET,)),
    Contender(
        PRISM,
        _behind(
            lambda port, url: [
                *(NODE_PROGRAMS / "prism", "proxy", ROOT / "openapi.yaml", f"{url}/api"),
                *("--port", port, "--host", "127.0.0.1", "-v", "silent"),
            ]
        ),
        (GET,),
        prefix="",
        warm_up=5,
    ),
)


def main() -> int:
    """Run the benchmark. Return 1 if a must is missed or a proxy failed."""
    options = parser("proxies", rounds=5, seconds=4).parse_args()
    chosen = [each for each in CONTENDERS if not options.only or each.name in options.only]
    with ExitStack() as stack:
        servers = {}
        for contender in chosen:
            server = stack.enter_context(serving(contender, reference_response()))
            check_responses(server)
            measure_throughput(server.address, GET, contender.warm_up)
            servers[contender.name] = server

        def measure(name: str) -> Reading:
            server = servers[name]
            before = processes.cpu(server.processes())
            throughput = measure_throughput(server.address, GET, options.seconds)
            spent = processes.cpu(server.processes()) - before
            return {
                "rate": throughput.responses / throughput.seconds,
                "cpu": 1e6 * spent / throughput.responses,
                "milliseconds": _milliseconds(server),
            }

        readings = in_rounds(list(servers), measure, options.rounds, options.noise)
    musts = list(_musts(readings))
    lines = [*must_table(musts), "", *_table(readings, list(servers))]
    print("\n".join(lines))
    if not options.only:
        note = caption("make bench-proxy", readings.summary(), versions())
        update_document(options.document, "proxy", [*lines, "", note])
    for name, error in readings.errors.items():
        print(name, error, file=sys.stderr)
    return 1 if readings.errors or any(must.met is False for must in musts) else 0


def _milliseconds(server: Server) -> float:
    """Return the median response time of requests that are sent one after the other."""
    address, _, prefix = server.address.partition("/")
    connection = http.client.HTTPConnection(address, timeout=10)
    times = []
    for _ in range(MEASURED):
        start = time.perf_counter()
        connection.request("POST", f"/{prefix}{GET.path}".replace("//", "/"), GET.body, HEADERS)
        response = connection.getresponse()
        response.read()
        times.append(time.perf_counter() - start)
        if response.status != GET.status:
            raise WrongResponseError(f"{server.contender.name}: {response.status}")
    connection.close()
    return median(times) * 1000


def _musts(readings: Readings[str]) -> Iterator[Must]:
    """Yield what the proxy must keep, measured in the same run."""
    delay = _difference(readings, OURS, DIRECT)
    yield Must(
        "milliseconds that the proxy adds, at the median",
        f"at most {LARGEST_DELAY:g}",
        "no value" if delay is None else f"{delay:.2f}",
        None if delay is None else delay <= LARGEST_DELAY,
    )
    ours, plain = (readings.spread(name, "rate") for name in (OURS, PLAIN))
    share = ours.median / plain.median if ours and plain else None
    yield Must(
        "throughput, of that of a plain proxy in Python",
        f"at least {SMALLEST_SHARE:g}",
        "no value" if share is None else f"{share:.2f}",
        None if share is None else share >= SMALLEST_SHARE,
    )


def _difference(readings: Readings[str], name: str, other: str) -> float | None:
    first, second = (readings.spread(each, "milliseconds") for each in (name, other))
    return first.median - second.median if first and second else None


def _table(readings: Readings[str], names: Sequence[str]) -> Iterator[str]:
    head = ("", "requests per second", "median response time, ms", "CPU per request, µs")
    cells = (("rate", "{:,.0f}"), ("milliseconds", "{:.2f}"), ("cpu", "{:,.0f}"))
    rows = (
        (name, *(_shown(readings.spread(name, key), form) for key, form in cells)) for name in names
    )
    yield from table(head, rows)


def _shown(value: Spread | None, form: str) -> str:
    return "no value" if value is None else form.format(value.median)


if __name__ == "__main__":
    sys.exit(main())
