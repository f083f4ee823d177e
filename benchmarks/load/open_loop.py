"""Response times at a fixed rate: an open loop, which does not wait for earlier responses.

    python -m benchmarks.load.open_loop --rate 500 --seconds 10 127.0.0.1:3100/api

Requests arrive at random, like those of many independent users (a Poisson process with a fixed
seed), over several persistent connections. A response time counts from the moment when the request
was due. It therefore includes the wait for a free connection.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import re
import selectors
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from .requests import GET, HEADERS, WrongResponseError

CONNECTIONS = 32
SEED = 20
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
CLOSES = re.compile(rb"\r\nconnection: *close\r\n", re.IGNORECASE)
LAST_RESPONSES_SECONDS = 10.0


@dataclass
class Load:
    """The state of a run.

    connect: opens one more connection.
    idle: connections without a request. waiting: due times of requests without a connection.
    times: seconds from due to response. lateness: seconds from due to the check that it is due.
    """

    request: bytes
    connect: Callable[[Load], Coroutine[Any, Any, Any]]
    idle: list[Connection] = field(default_factory=list)
    waiting: deque[float] = field(default_factory=deque)
    times: list[float] = field(default_factory=list)
    lateness: list[float] = field(default_factory=list)
    wrong: int = 0
    reconnecting: set[asyncio.Task[Any]] = field(default_factory=set)

    def start_request(self, due_at: float, now: float) -> None:
        self.lateness.append(now - due_at)
        if self.idle:
            self.idle.pop().send(due_at)
        else:
            self.waiting.append(due_at)

    def release(self, connection: Connection) -> None:
        """Use a connection for the next waiting request, or keep it idle."""
        if self.waiting:
            connection.send(self.waiting.popleft())
        else:
            self.idle.append(connection)

    def replace(self, connection: Connection) -> None:
        """Open a new connection after the server has closed this one."""
        if connection in self.idle:
            self.idle.remove(connection)
        task = asyncio.ensure_future(self.connect(self))
        self.reconnecting.add(task)
        task.add_done_callback(self.reconnecting.discard)


class Connection(asyncio.Protocol):
    """A persistent connection with one request at a time."""

    def __init__(self, load: Load) -> None:
        self.load, self.received, self.due_at = load, b"", 0.0

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self.load.release(self)

    def connection_lost(self, _error: Exception | None) -> None:
        self.load.replace(self)

    def send(self, due_at: float) -> None:
        self.received, self.due_at = b"", due_at
        self.transport.write(self.load.request)

    def data_received(self, data: bytes) -> None:
        self.received += data
        if _is_complete(self.received):
            self.load.times.append(asyncio.get_running_loop().time() - self.due_at)
            self.load.wrong += self.received[9:12] != b"200"
            if CLOSES.search(self.received):
                self.transport.close()
            else:
                self.load.release(self)


def _is_complete(received: bytes) -> bool:
    head, blank, body = received.partition(b"\r\n\r\n")
    if length := LENGTH.search(head):
        return bool(blank) and len(body) >= int(length[1])
    return body.endswith(b"0\r\n\r\n")  # the last chunk


async def _run(address: str, rate: float, seconds: float) -> Load:
    """Raise OSError if the server cannot be reached."""
    host, _, prefix = address.partition("/")
    name, _, port = host.partition(":")
    headers = {"Host": host, **HEADERS, "Content-Length": len(GET.body)}
    head = "".join(f"{key}: {text}\r\n" for key, text in headers.items())
    path = f"/{prefix}{GET.path}" if prefix else GET.path
    request = f"POST {path} HTTP/1.1\r\n{head}\r\n{GET.body}"

    async def connect(load: Load) -> None:
        await asyncio.get_running_loop().create_connection(
            lambda: Connection(load), name, int(port)
        )

    load, loop = Load(request.encode(), connect), asyncio.get_running_loop()
    for _ in range(CONNECTIONS):
        await connect(load)
    arrivals = random.Random(SEED)
    due_at, end = loop.time(), loop.time() + seconds
    while (due_at := due_at + arrivals.expovariate(rate)) < end:
        if (early := due_at - loop.time()) > 0:
            await asyncio.sleep(early)
        load.start_request(due_at, loop.time())
    deadline = loop.time() + LAST_RESPONSES_SECONDS
    while len(load.times) < len(load.lateness) and loop.time() < deadline:
        await asyncio.sleep(0.01)
    return load


def measure_response_times(address: str, rate: float, seconds: float) -> dict[str, float]:
    """Run the load in another process.

    Return ``p50`` and ``p99`` in seconds, the number of ``requests``, and ``late``: the p99 of the
    lateness of the load generator. Raise WrongResponseError.
    """
    options = ["--rate", f"{rate:.3f}", "--seconds", f"{seconds:.3f}", address]
    done = subprocess.run(
        [sys.executable, "-m", __name__, *options], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise WrongResponseError(done.stderr.strip().rpartition("\n")[2])
    times: dict[str, float] = json.loads(done.stdout)
    return times


def _percentile(values: list[float], part: float) -> float:
    return sorted(values)[min(len(values) - 1, int(part * len(values)))]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load.open_loop")
    parser.add_argument("address", metavar="HOST:PORT/PREFIX")
    parser.add_argument("--rate", type=float, required=True, help="requests per second")
    parser.add_argument("--seconds", type=float, default=10, help="default: %(default)s")
    options = parser.parse_args()
    # epoll waits for whole milliseconds, select does not
    with asyncio.Runner(
        loop_factory=lambda: asyncio.SelectorEventLoop(selectors.SelectSelector())
    ) as runner:
        load = runner.run(_run(options.address, options.rate, options.seconds))
    lost = len(load.lateness) - len(load.times)
    if load.wrong or lost or not load.times:
        print(
            f"{load.wrong} wrong responses, {lost} lost, of {len(load.lateness)} requests",
            file=sys.stderr,
        )
        return 1
    times = {"p50": _percentile(load.times, 0.5), "p99": _percentile(load.times, 0.99)}
    late = _percentile(load.lateness, 0.99)
    print(json.dumps({**times, "late": late, "requests": len(load.times)}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
