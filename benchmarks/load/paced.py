"""So many requests a second, whether or not the server keeps up: an open loop.

    python -m benchmarks.load.paced --rate 500 --seconds 10 127.0.0.1:3100/api

Requests come as from many people who know nothing of each other (a Poisson process, the same one
each time), over some kept connections. What one takes is counted from when it was due: if it must
wait for a connection, that is part of what its sender sees.
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

from .requests import GET, HEADERS, WrongAnswerError

CONNECTIONS = 32
SEED = 20
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
CLOSES = re.compile(rb"\r\nconnection: *close\r\n", re.IGNORECASE)
PATIENCE = 10.0  # seconds for the last answers


@dataclass
class Load:
    """What is under way. took, late: seconds from due to answered, and from due to noticed.

    open: makes one more connection.
    """

    request: bytes
    open: Callable[[Load], Coroutine[Any, Any, Any]]
    idle: list[Connection] = field(default_factory=list)
    waiting: deque[float] = field(default_factory=deque)
    took: list[float] = field(default_factory=list)
    late: list[float] = field(default_factory=list)
    wrong: int = 0
    opening: set[asyncio.Task[Any]] = field(default_factory=set)

    def due(self, at: float, now: float) -> None:
        self.late.append(now - at)
        if self.idle:
            self.idle.pop().send(at)
        else:
            self.waiting.append(at)

    def ready(self, connection: Connection) -> None:
        if self.waiting:
            connection.send(self.waiting.popleft())
        else:
            self.idle.append(connection)

    def left(self, connection: Connection) -> None:
        """Puts another connection in the place of one that the server has closed."""
        if connection in self.idle:
            self.idle.remove(connection)
        task = asyncio.ensure_future(self.open(self))
        self.opening.add(task)
        task.add_done_callback(self.opening.discard)


class Connection(asyncio.Protocol):
    """One kept connection, one request at a time."""

    def __init__(self, load: Load) -> None:
        self.load, self.received, self.at = load, b"", 0.0

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self.load.ready(self)

    def connection_lost(self, _error: Exception | None) -> None:
        self.load.left(self)

    def send(self, at: float) -> None:
        self.received, self.at = b"", at
        self.transport.write(self.load.request)

    def data_received(self, data: bytes) -> None:
        self.received += data
        if _complete(self.received):
            self.load.took.append(asyncio.get_running_loop().time() - self.at)
            self.load.wrong += self.received[9:12] != b"200"
            if CLOSES.search(self.received):
                self.transport.close()
            else:
                self.load.ready(self)


def _complete(received: bytes) -> bool:
    head, blank, body = received.partition(b"\r\n\r\n")
    if length := LENGTH.search(head):
        return bool(blank) and len(body) >= int(length[1])
    return body.endswith(b"0\r\n\r\n")  # in chunks


async def _run(address: str, rate: float, seconds: float) -> Load:
    """Raises OSError when the server cannot be reached."""
    host, _, prefix = address.partition("/")
    name, _, port = host.partition(":")
    headers = {"Host": host, **HEADERS, "Content-Length": len(GET.body)}
    head = "".join(f"{key}: {text}\r\n" for key, text in headers.items())
    path = f"/{prefix}{GET.path}" if prefix else GET.path
    request = f"POST {path} HTTP/1.1\r\n{head}\r\n{GET.body}"

    async def open_one(load: Load) -> None:
        await asyncio.get_running_loop().create_connection(
            lambda: Connection(load), name, int(port)
        )

    load, loop = Load(request.encode(), open_one), asyncio.get_running_loop()
    for _ in range(CONNECTIONS):
        await open_one(load)
    chance = random.Random(SEED)
    at, until = loop.time(), loop.time() + seconds
    while (at := at + chance.expovariate(rate)) < until:
        if (early := at - loop.time()) > 0:
            await asyncio.sleep(early)
        load.due(at, loop.time())
    last = loop.time() + PATIENCE
    while len(load.took) < len(load.late) and loop.time() < last:
        await asyncio.sleep(0.01)
    return load


def pace(address: str, rate: float, seconds: float) -> dict[str, float]:
    """Runs the load in a process of its own; p50 and p99 in seconds, and ``late``: the p99 of how
    late this load itself was. Raises WrongAnswerError."""
    options = ["--rate", f"{rate:.3f}", "--seconds", f"{seconds:.3f}", address]
    ended = subprocess.run(
        [sys.executable, "-m", __name__, *options], capture_output=True, text=True, check=False
    )
    if ended.returncode:
        raise WrongAnswerError(ended.stderr.strip().rpartition("\n")[2])
    told: dict[str, float] = json.loads(ended.stdout)
    return told


def _part(values: list[float], part: float) -> float:
    return sorted(values)[min(len(values) - 1, int(part * len(values)))]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load.paced")
    parser.add_argument("address", metavar="HOST:PORT/PREFIX")
    parser.add_argument("--rate", type=float, required=True, help="requests a second")
    parser.add_argument("--seconds", type=float, default=10)
    told = parser.parse_args()
    # epoll waits for whole milliseconds, select does not
    with asyncio.Runner(
        loop_factory=lambda: asyncio.SelectorEventLoop(selectors.SelectSelector())
    ) as runner:
        load = runner.run(_run(told.address, told.rate, told.seconds))
    lost = len(load.late) - len(load.took)
    if load.wrong or lost or not load.took:
        print(f"{load.wrong} wrong answers, {lost} lost, of {len(load.late)}", file=sys.stderr)
        return 1
    parts = {"p50": _part(load.took, 0.5), "p99": _part(load.took, 0.99)}
    print(json.dumps({**parts, "late": _part(load.late, 0.99), "requests": len(load.took)}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
