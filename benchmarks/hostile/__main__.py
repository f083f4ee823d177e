"""Measure how long other clients wait while one client sends hostile requests.

    make bench-hostile
    python -m benchmarks.hostile --seconds 3 --only body

One client sends a hostile request again and again, on new connections. Meanwhile another client
reads a release every 5 ms and measures how long each response takes, from the moment when its
request was due.
"""

from __future__ import annotations

import argparse
import http.client
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from .. import processes
from .inputs import GET, LOOKUP, inputs

PAUSE = 0.005  # seconds between two requests of the other client
ATTACKERS = 2  # connections that send hostile requests at once
MOST_WAIT = 0.100  # seconds, at the 99th percentile
MOST_MEMORY = 256  # MB


@dataclass(frozen=True)
class Measured:
    """How another client waited during an input (seconds), and the memory of the mock (MB)."""

    name: str
    sent: int
    p99: float
    longest: float
    memory: float

    @property
    def is_met(self) -> bool:
        return self.p99 <= MOST_WAIT and self.memory <= MOST_MEMORY


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark. Return 1 if another client waited too long, or memory grew too much."""
    parser = argparse.ArgumentParser(prog="benchmarks.hostile", description=__doc__)
    parser.add_argument("--seconds", type=float, default=2, help="of each input (2)")
    parser.add_argument("--only", default="", help="inputs whose name contains this text")
    options = parser.parse_args(arguments)
    selected = {n: data for n, data in inputs().items() if options.only in n}
    server = subprocess.Popen(
        [sys.executable, "-m", "mock_server", "serve", "--port", "0", "--quiet"],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        port = _port(server)
        measured = [_measure(port, server.pid, *each, options.seconds) for each in selected.items()]
    finally:
        server.terminate()
        server.wait(20)
    print(f"| {len(measured)} inputs | sent | p99 ms | longest ms | memory MB |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for each in sorted(measured, key=lambda each: -each.p99):
        times = f"{each.p99 * 1000:.1f} | {each.longest * 1000:.1f}"
        print(f"| {each.name} | {each.sent:,} | {times} | {each.memory:.0f} |")
    failed = [each.name for each in measured if not each.is_met]
    if failed:
        print(f"not met: {', '.join(failed)}")
    return 1 if failed else 0


def _port(server: subprocess.Popen[str]) -> int:
    """Return the port of a server that has just started. The rest of its output is dropped."""
    output = server.stdout
    if output is None:
        raise SystemExit("the mock has no output")
    port = int(output.readline().split("127.0.0.1:")[1].split("/")[0])
    threading.Thread(target=output.read, daemon=True).start()
    return port


def _measure(port: int, pid: int, name: str, data: bytes, seconds: float) -> Measured:
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
    waits = sorted(_waits(port, seconds))
    stop.set()
    for thread in threads:
        thread.join()
    memory = processes.rss([pid]) / 1e6
    return Measured(name, sent[0], waits[int(len(waits) * 0.99)], waits[-1], memory)


def _waits(port: int, seconds: float) -> list[float]:
    """Return how long each request of another client took, since it was due."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Content-Type": "application/json"}
    waits, due = [], time.monotonic()
    end = due + seconds
    while due < end:
        time.sleep(max(due - time.monotonic(), 0))
        connection.request("POST", GET, LOOKUP, headers)
        response = connection.getresponse()
        response.read()
        if response.status != 200:
            raise SystemExit(f"the other client got {response.status}")
        waits.append(time.monotonic() - due)
        due += PAUSE
    return waits


if __name__ == "__main__":
    sys.exit(main())
