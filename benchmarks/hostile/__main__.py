"""Measure how long other clients wait while one client sends hostile requests.

    make bench-hostile
    python -m benchmarks.hostile --seconds 3 --only body

One client sends a hostile request again and again, on new connections, or keeps a crowd of
connections open. Meanwhile another client reads a release every 20 ms and measures how long each
response takes, from the moment when its request was due. Without any hostile client, in the same
run, it measures the baseline: what the machine itself makes it wait.
"""

from __future__ import annotations

import argparse
import http.client
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from .. import processes
from .crowds import Crowd, crowds, gathered
from .inputs import GET, LOOKUP, costly_lists, inputs

PAUSE = 0.02  # seconds between two requests of the other client
ATTACKERS = 2  # connections that send hostile requests at once
IDLE_TIME, IDLE = 0.2, 0.1  # seconds, and the share of them that an idle mock computes at most
SETTLE = 50  # times that IDLE_TIME passes, at most
MOST_WAIT = 0.100  # seconds, at the 99th percentile
MOST_MEMORY = 256  # MB
BASELINE = "baseline"
LISTS = "/_s/other/lists/none"
STATUSES = {GET: 200, LISTS: 404}
COSTLY_RULES = ("--spec", str(Path(__file__).with_name("costly_rules.yaml")))


@dataclass(frozen=True)
class Measured:
    """How another client waited during an input (seconds), and the memory of the mock (MB)."""

    name: str
    sent: int
    p99: float
    longest: float
    memory: float

    @property
    def row(self) -> str:
        """Return a row of the table of results."""
        times = f"{self.p99 * 1000:.1f} | {self.longest * 1000:.1f}"
        return f"| {self.name} | {self.sent:,} | {times} | {self.memory:.0f} |"

    @property
    def is_met(self) -> bool:
        return self.p99 <= MOST_WAIT and self.memory <= MOST_MEMORY


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark. Return 1 if another client waited too long, or memory grew too much."""
    parser = argparse.ArgumentParser(prog="benchmarks.hostile", description=__doc__)
    parser.add_argument("--seconds", type=float, default=2, help="of each input (2)")
    parser.add_argument("--only", default="", help="inputs whose name contains this text")
    options = parser.parse_args(arguments)
    measured = [
        *_of_server((), _hostile(), GET, options),
        *_of_server(COSTLY_RULES, _repeated(costly_lists()), LISTS, options),
    ]
    print(f"| {len(measured)} inputs | sent | p99 ms | longest ms | memory MB |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for each in sorted(measured, key=lambda each: -each.p99):
        print(each.row)
    failed = [each.name for each in measured if not each.is_met]
    failed = [name for name in failed if not name.startswith(BASELINE)]
    if failed:
        print(f"not met: {', '.join(failed)}")
    return 1 if failed else 0


Hostile = Callable[[int], AbstractContextManager[list[int]]]  # by port; yields what was sent


def _of_server(
    options: Sequence[str],
    hostile: Iterable[tuple[str, Hostile]],
    path: str,
    arguments: argparse.Namespace,
) -> Iterator[Measured]:
    """Yield what was measured at a new server, with the baseline first and last."""
    selected = [each for each in hostile if arguments.only in each[0]]
    if not selected:
        return
    program = [sys.executable, "-m", "mock_server", "serve", "--port", "0", "--quiet", *options]
    server = subprocess.Popen(program, stdout=subprocess.PIPE, text=True)
    try:
        port = _port(server)
        label = Path(options[-1]).stem if options else "shipped API"
        baseline = (f"{BASELINE}: {label}", _nobody)
        for name, attack in (baseline, *selected, baseline):
            _settle(server.pid)
            measured = _measure(port, server.pid, path, name, attack, arguments.seconds)
            print(measured.row, file=sys.stderr)
            yield measured
    finally:
        server.terminate()
        started = time.monotonic()
        server.wait(20)
        print(f"stopped in {time.monotonic() - started:.1f} s", file=sys.stderr)


@contextmanager
def _nobody(_: int) -> Iterator[list[int]]:
    yield [0]


def _hostile() -> Iterator[tuple[str, Hostile]]:
    yield from _repeated(inputs())
    for crowd in crowds():
        yield crowd.name, partial(_crowd, crowd)


def _repeated(data: Mapping[str, bytes]) -> Iterator[tuple[str, Hostile]]:
    for name, sent in data.items():
        yield name, partial(_attacks, sent)


@contextmanager
def _crowd(crowd: Crowd, port: int) -> Iterator[list[int]]:
    with gathered(port, crowd) as count:
        yield [count]


@contextmanager
def _attacks(data: bytes, port: int) -> Iterator[list[int]]:
    """Send a request again and again, on new connections, until the block ends."""
    stop, sent = threading.Event(), [0]

    def attack() -> None:
        while not stop.is_set():
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), 5) as client:
                client.settimeout(0.5)
                client.sendall(data)
                client.shutdown(socket.SHUT_WR)
                while client.recv(65536):
                    pass
            sent[0] += 1

    threads = [threading.Thread(target=attack) for _ in range(ATTACKERS)]
    for thread in threads:
        thread.start()
    try:
        yield sent
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def _port(server: subprocess.Popen[str]) -> int:
    """Return the port of a server that has just started. The rest of its output is dropped."""
    output = server.stdout
    if output is None:
        raise SystemExit("the mock has no output")
    port = int(output.readline().split("127.0.0.1:")[1].split("/")[0])
    threading.Thread(target=output.read, daemon=True).start()
    return port


def _settle(pid: int) -> None:
    """Wait until the mock has done the work of the input before, so that each is measured alone."""
    for _ in range(SETTLE):
        before = processes.cpu([pid])
        time.sleep(IDLE_TIME)
        if processes.cpu([pid]) - before < IDLE_TIME * IDLE:
            return


def _measure(
    port: int, pid: int, path: str, name: str, hostile: Hostile, seconds: float
) -> Measured:
    with hostile(port) as sent:
        waits = sorted(_waits(port, path, seconds))
        memory = processes.rss([pid]) / 1e6
    return Measured(name, sent[0], waits[int(len(waits) * 0.99)], waits[-1], memory)


def _waits(port: int, path: str, seconds: float) -> list[float]:
    """Return how long each request of another client took, since it was due."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Content-Type": "application/json"}
    waits, due = [], time.monotonic()
    end = due + seconds
    while due < end:
        time.sleep(max(due - time.monotonic(), 0))
        body = LOOKUP if path == GET else None
        connection.request("POST" if body else "GET", path, body, headers)
        response = connection.getresponse()
        response.read()
        if response.status != STATUSES[path]:
            raise SystemExit(f"the other client got {response.status}")
        waits.append(time.monotonic() - due)
        due += PAUSE
    return waits


if __name__ == "__main__":
    sys.exit(main())
