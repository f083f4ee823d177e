"""Run a real redis-server on a free port, without persistence."""

import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

SECONDS = 20


@dataclass
class RedisServer:
    """A server that a test can stop, and start again at the same address without data."""

    folder: Path
    port: int
    options: tuple[str, ...] = ()
    process: subprocess.Popen[str] | None = field(default=None)

    def url(self, database: int = 0) -> str:
        return f"redis://127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Start the process and return when it accepts connections."""
        program = shutil.which("redis-server")
        assert program, "redis-server is not installed: run these tests with `make test-tools`"
        settings = {"--port": str(self.port), "--dir": str(self.folder), "--save": ""}
        arguments = [word for pair in settings.items() for word in pair]
        self.process = subprocess.Popen(
            [program, "--bind", "127.0.0.1", *arguments, *self.options],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert self.process.stdout is not None
        lines = []
        for line in self.process.stdout:
            lines.append(line)
            if "Ready to accept connections" in line:
                return
        raise AssertionError("redis-server does not start:\n" + "".join(lines))

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.communicate(timeout=SECONDS)
            self.process = None


@contextmanager
def redis_server(folder: Path, *options: str) -> Iterator[RedisServer]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    server = RedisServer(folder, port, options)
    server.start()
    try:
        yield server
    finally:
        with suppress(subprocess.TimeoutExpired):
            server.stop()
