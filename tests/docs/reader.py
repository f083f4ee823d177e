"""Run the blocks of a document in order, in a copy of the repository."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.docs.blocks import Block, Command, commands, matches

ROOT = Path(__file__).parents[2]
PORT = 3100
SECONDS = 180

_READY = re.compile(r"https?://[\w.\[\]:-]+:\d+")
_RUN_BY_OTHER_TESTS = re.compile(r"^make test(-all|-tools)?(\s+#.*)?$", re.MULTILINE)
_MAKE_SERVE = re.compile(
    r"""^make serve(?: ARGS=(["']?)(?P<args>.*?)\1)?(?=\s*(#|&|$))""", re.MULTILINE
)
_SERVE = re.compile(r"^(?P<command>mock-server serve)(?!.*(?:--port|--help))", re.MULTILINE)


@dataclass(frozen=True)
class Server:
    process: subprocess.Popen[bytes]
    log: Path
    port: str

    def printed(self) -> str:
        return self.log.read_text(errors="replace")

    def printed_as(self, shown: str) -> bool:
        """Return whether it has printed its address, and the output that a document shows."""
        printed = self.printed()
        return _READY.search(printed) is not None and (not shown or matches(shown, printed))


@dataclass(frozen=True)
class Reader:
    """A reader in a folder. `port` replaces 3100 in commands and in their output."""

    folder: Path
    port: int
    servers: list[Server] = field(default_factory=list)

    def read(self, block: Block) -> None:
        """Save or run a block. Raises AssertionError if its result differs from the document."""
        if block.saved_as is not None:
            path = self.folder / block.saved_as
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(self.moved(block.text) + "\n", encoding="utf-8")
        elif block.language == "python":
            self.run_python(block)
        else:
            for command in commands(block):
                (self.serve if command.serves else self.run)(block, command)

    def moved(self, text: str) -> str:
        return re.sub(rf"\b{PORT}\b", str(self.port), text)

    def script(self, text: str) -> str:
        """Return the commands with another port and without the setup, which is already done."""
        text = _RUN_BY_OTHER_TESTS.sub("", self.moved(text))
        text = _MAKE_SERVE.sub(lambda make: f"mock-server serve {make['args'] or ''}", text)
        return _SERVE.sub(rf"\g<command> --port {self.port}", text)

    def run_python(self, block: Block) -> None:
        """Run a program with Python, or with pytest if it defines tests."""
        program = self.folder / f"test_{block.file.stem}_{block.line}.py"
        program.write_text(self.moved(block.text), encoding="utf-8")
        tests = re.search(r"^(async )?def test_|^class Test", block.text, re.MULTILINE)
        runner = "python -m pytest -p no:cacheprovider" if tests else "python"
        self.run(block, Command(f"{runner} {program.name}", None, block.exit_code, serves=False))

    def run(self, block: Block, command: Command) -> None:
        ended = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", self.script(command.text)],
            cwd=self.folder,
            env=environment(self.folder),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        output = f"{block}: {command.text}\n{ended.stdout}"
        assert ended.returncode == command.exit_code, f"exit code {ended.returncode}: {output}"
        if command.output is not None:
            assert matches(self.moved(command.output), ended.stdout), f"other output: {output}"

    def serve(self, block: Block, command: Command) -> None:
        """Start a server and wait for its address; stop an earlier server on the same port."""
        text = re.sub(r"\s*&\s*$", "", self.script(command.text))
        match = re.search(r"--port[ =](\d+)", text)
        port = match[1] if match else str(self.port)
        for server in [server for server in self.servers if server.port == port]:
            self.stop(server)
        log = self.folder.parent / f"server-{block.line}.log"
        with log.open("wb") as sink:
            process = subprocess.Popen(
                ["bash", "-euo", "pipefail", "-c", text],
                cwd=self.folder,
                env=environment(self.folder),
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        server = Server(process, log, port)
        self.servers.append(server)
        shown = self.moved(command.output or "")
        until = time.monotonic() + SECONDS
        while not server.printed_as(shown):
            output = f"{block}: {command.text}\n{server.printed()}"
            assert process.poll() is None, f"the server ended: {output}"
            assert time.monotonic() < until, f"the server does not start as shown: {output}"
            time.sleep(0.05)

    def stop(self, server: Server) -> None:
        with suppress(ProcessLookupError):
            os.killpg(server.process.pid, signal.SIGTERM)
        server.process.wait(timeout=30)
        self.servers.remove(server)


@contextmanager
def reader(folder: Path) -> Iterator[Reader]:
    """Yield a reader in a copy of the repository below `folder`; stop its servers at the end."""
    copy = folder / "copy"
    for name in repository():
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, copy / name)
    document_reader = Reader(copy, free_port())
    try:
        yield document_reader
    finally:
        for server in [*document_reader.servers]:
            document_reader.stop(server)


def repository() -> list[str]:
    """Return the names of the files that git tracks or would add."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def environment(folder: Path) -> dict[str, str]:
    """Return the environment of the shell: this Python's programs and the modules of the copy."""
    inherited = {
        name: text
        for name, text in os.environ.items()
        if not name.startswith(("PYTEST_", "MAKE")) and name not in {"MFLAGS", "ARGS"}
    }
    path = f"{Path(sys.executable).parent}{os.pathsep}{inherited['PATH']}"
    return {**inherited, "PATH": path, "PYTHONPATH": str(folder), "NO_COLOR": "1", "COLUMNS": "100"}


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port
