"""Compare the speed on the other examples with that of Prism.

    make bench-examples
    python -m benchmarks.examples --rounds 1 --seconds 1

Each server gets the document of an example, and the mock also its fixtures. The exit code is 1 if a
must is missed, or if a server responds incorrectly. A run updates docs/benchmarks.md.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from . import processes
from .contenders import MOCK_SERVER, NODE_PROGRAMS, OURS, PRISM, ROOT, Command, Contender, Workspace
from .load.closed_loop import measure_throughput
from .load.requests import Request
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
from .rounds import Reading, Readings, in_rounds
from .serving import Server, serving

AGAIN, DIFFERENT = "the same again", "all different"
MINIMUM = {AGAIN: 8, DIFFERENT: 5}  # multiples of Prism

Subject = tuple[str, str, str]  # the names of an example, of a server and of a load


@dataclass(frozen=True)
class Example:
    """An example, and a request for one of its resources."""

    name: str
    request: Request

    @property
    def document(self) -> Path:
        """The document of the example."""
        return ROOT / "examples" / self.name / "openapi.yaml"


EXAMPLES = (
    Example(
        "deployments",
        Request(
            AGAIN, "/deployments/dpl_ready", "", method="GET", headers={"X-Api-Key": "aurora-key"}
        ),
    ),
    Example("orders", Request(AGAIN, "/orders/1005", "", method="GET", headers={})),
)


def contenders(example: Example) -> tuple[Contender, ...]:
    """Return the mock and Prism, which serve an example."""
    requests = (example.request, replace(example.request, name=DIFFERENT, unique=True))

    def mock(workspace: Workspace) -> Sequence[Command]:
        port = str(workspace.port)
        return [[MOCK_SERVER, "serve", "--spec", example.document, "--port", port, "--quiet"]]

    def prism(workspace: Workspace) -> Sequence[Command]:
        address = ["--port", str(workspace.port), "--host", "127.0.0.1"]
        command: Command = [NODE_PROGRAMS / "prism", "mock", *address, "-v", "silent"]
        return [[*command, example.document]]

    return (
        Contender(OURS, mock, requests, prefix=""),
        Contender(PRISM, prism, requests, prefix="", warm_up=5),
    )


def main() -> int:
    """Run the benchmark. Return 1 if a must is missed or a server failed."""
    options = parser("examples", rounds=5, seconds=4).parse_args()
    subjects: dict[Subject, tuple[Server, Request]] = {}
    with ExitStack() as stack:
        for example in EXAMPLES:
            for contender in contenders(example):
                if options.only and contender.name not in options.only:
                    continue
                server = stack.enter_context(serving(contender))
                measure_throughput(server.address, example.request, contender.warm_up)
                for request in contender.requests:
                    subjects[example.name, contender.name, request.name] = server, request

        def load(subject: Subject) -> Reading:
            server, request = subjects[subject]
            before = processes.cpu(server.processes())
            done = measure_throughput(server.address, request, options.seconds)
            spent = processes.cpu(server.processes()) - before
            return {"rate": done.responses / done.seconds, "cpu": 1e6 * spent / done.responses}

        readings = in_rounds(list(subjects), load, options.rounds, options.noise)
    musts = list(_musts(readings))
    lines = [*must_table(musts), "", *_table(readings, list(subjects))]
    print("\n".join(lines))
    for subject, error in readings.errors.items():
        print(f"{', '.join(subject)}: {error}", file=sys.stderr)
    if not options.only:
        note = caption("make bench-examples", readings.summary(), versions())
        update_document(options.document, "examples", [*lines, "", note])
    return 1 if readings.errors or any(must.met is False for must in musts) else 0


def _musts(readings: Readings[Subject]) -> Iterator[Must]:
    """Yield each must with its measured ratio."""
    for example in EXAMPLES:
        for load, minimum in MINIMUM.items():
            ours, prism = (example.name, OURS, load), (example.name, PRISM, load)
            ratio = readings.ratio(ours, prism, "rate")
            met = ratio.median >= minimum if ratio else None
            requirement = f"{example.name}, {load}: multiple of Prism"
            yield Must(requirement, f"at least {minimum}", format_spread(ratio, "{:.2f}"), met)


def _table(readings: Readings[Subject], subjects: Sequence[Subject]) -> Iterator[str]:
    yield from table(
        ("example, server, request", "requests per second", "CPU µs per request"),
        [
            (
                ", ".join(subject),
                format_spread(readings.spread(subject, "rate")),
                format_spread(readings.spread(subject, "cpu")),
            )
            for subject in subjects
        ],
    )


if __name__ == "__main__":
    sys.exit(main())
