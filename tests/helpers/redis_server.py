"""A real redis-server on a free port, with nothing kept on disk."""

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
    """A server that can be stopped and started again at its address, empty."""

    folder: Path
    port: int
    options: tuple[str, ...] = ()
    process: subprocess.Popen[str] | None = field(default=None)

    def url(self, database: int = 0) -> str:
        return f"redis://127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Returns once it takes connections."""
        found = shutil.which("redis-server")
        assert found, "redis-server is not installed: run these tests with `make test-tools`"
        given = {"--port": str(self.port), "--dir": str(self.folder), "--save": ""}
        said = [word for pair in given.items() for word in pair]
        self.process = subprocess.Popen(
            [found, "--bind", "127.0.0.1", *said, *self.options],
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
        raise AssertionError("redis-server does not come up:\n" + "".join(lines))

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
