"""Runs contenders, each in a folder of its own, until the benchmark is through with them."""

from __future__ import annotations

import json
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from mock_server.live import live, load_sources

from . import processes
from .contenders import Contender, Place, environment
from .load.requests import GET, Asked, WrongAnswerError, ask

PATIENCE = 60.0  # seconds for a server to give its first correct answer
PAUSE = 0.002  # seconds between two looks whether it is up


class NotServingError(WrongAnswerError):
    """A contender cannot be started or does not answer; says why."""


@dataclass(frozen=True)
class Server:
    """A contender that runs. started: seconds from its start to its first correct answer."""

    contender: Contender
    address: str
    roots: Sequence[int]
    started: float

    def tree(self) -> list[int]:
        return processes.tree(*self.roots)


def the_answer() -> str:
    """What the mock answers to GET: what a stub is to answer as well."""
    with live(*load_sources()) as mock:
        host = mock.url.removeprefix("http://")
        return json.dumps(ask(host, GET), separators=(",", ":"))


@contextmanager
def serving(contender: Contender, answer: str, patience: float = PATIENCE) -> Iterator[Server]:
    """Starts a contender and waits, at most so many seconds, for its first correct answer.

    Raises NotServingError.
    """
    with TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        place = Place(folder, _free_port(), _free_port(), answer)
        log = stack.enter_context((folder / "log.txt").open("wb"))
        commands = contender.lay(place)
        began = time.monotonic()
        running = [
            stack.enter_context(_started(command, folder, log.fileno())) for command in commands
        ]
        address = f"127.0.0.1:{place.port}{contender.prefix}"
        try:
            _first_answer(address, contender.asked[0], running, patience)
        except NotServingError as error:
            said = (folder / "log.txt").read_text(errors="replace").strip()
            raise NotServingError(f"{error} {said[-500:]}") from None
        took = time.monotonic() - began
        yield Server(contender, address, [each.pid for each in running], took)


def prove(server: Server) -> None:
    """Asks all that a contender can be asked once. Raises WrongAnswerError, and OSError."""
    for asked in server.contender.asked:
        ask(server.address, asked)


@contextmanager
def _started(
    command: Sequence[str | Path], folder: Path, log: int
) -> Iterator[subprocess.Popen[bytes]]:
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


def _first_answer(
    address: str, asked: Asked, running: Sequence[subprocess.Popen[bytes]], patience: float
) -> None:
    until, last = time.monotonic() + patience, "nothing"
    while time.monotonic() < until:
        if any(process.poll() is not None for process in running):
            raise NotServingError("ended:")
        with suppress(ConnectionError):
            try:
                ask(address, asked)
            except WrongAnswerError as error:
                last = str(error)
            else:
                return
        time.sleep(PAUSE)
    raise NotServingError(f"no correct answer in {patience:.0f} s, but {last};")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port
