"""Start contenders, each in a temporary folder, and stop them when the benchmark is done."""

from __future__ import annotations

import json
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from mock_server.live import live, load_sources

from . import processes
from .contenders import Contender, Workspace, environment
from .load.requests import GET, Request, WrongResponseError, send

START_TIMEOUT = 60.0  # seconds until the first correct response
POLL_INTERVAL = 0.002  # seconds between two attempts during the start


class NotServingError(WrongResponseError):
    """A contender does not start, or does not respond. The message contains its output."""


@dataclass(frozen=True)
class Server:
    """A running contender.

    roots: the ids of the processes that the benchmark started.
    start_seconds: from the start to the first correct response.
    """

    contender: Contender
    address: str
    roots: Sequence[int]
    start_seconds: float

    def processes(self) -> list[int]:
        """Return the ids of all processes of the server."""
        return processes.tree(*self.roots)


@cache
def reference_response() -> str:
    """Return the body with which the mock responds to GET, for the stubs of the peers."""
    with live(*load_sources()) as mock:
        host = mock.url.removeprefix("http://")
        return json.dumps(send(host, GET), separators=(",", ":"))


@contextmanager
def serving(
    contender: Contender, response: str = "", timeout: float = START_TIMEOUT
) -> Iterator[Server]:
    """Start a contender, wait for its first correct response, and yield it.

    response: for the stubs of the peers; the mock does not need it. timeout: seconds.
    Raise NotServingError.
    """
    with TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        workspace = Workspace(folder, free_port(), free_port(), response)
        log = stack.enter_context((folder / "log.txt").open("wb"))
        commands = contender.prepare(workspace)
        started_at = time.monotonic()
        running = [
            stack.enter_context(running_process(command, folder, log.fileno()))
            for command in commands
        ]
        address = f"127.0.0.1:{workspace.port}{contender.prefix}"
        try:
            _wait_for_response(address, contender.requests[0], running, timeout)
        except NotServingError as error:
            output = (folder / "log.txt").read_text(errors="replace").strip()
            raise NotServingError(f"{error} {output[-500:]}") from None
        seconds = time.monotonic() - started_at
        yield Server(contender, address, [process.pid for process in running], seconds)


def check_responses(server: Server) -> None:
    """Send each supported request once. Raise WrongResponseError, or OSError."""
    for request in server.contender.requests:
        send(server.address, request)


@contextmanager
def running_process(
    command: Sequence[str | Path], folder: Path, log: int
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a process until the block ends. log: the descriptor of the file for its output.

    Raise NotServingError if it cannot be started.
    """
    try:
        process = subprocess.Popen(
            list(map(str, command)),
            cwd=folder,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    except OSError as error:
        raise NotServingError(f"{command[0]}: {error.strerror}") from None
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for_response(
    address: str, request: Request, running: Sequence[subprocess.Popen[bytes]], timeout: float
) -> None:
    deadline, last = time.monotonic() + timeout, "no response"
    while time.monotonic() < deadline:
        if any(process.poll() is not None for process in running):
            raise NotServingError("the process ended:")
        with suppress(ConnectionError):
            try:
                send(address, request)
            except WrongResponseError as error:
                last = str(error)
            else:
                return
        time.sleep(POLL_INTERVAL)
    raise NotServingError(f"no correct response within {timeout:.0f} s; last: {last};")


def free_port() -> int:
    """Return a port that no process listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port
