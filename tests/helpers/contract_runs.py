"""Contract runs as processes, and targets with one fixed response."""

import itertools
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import SimpleQueue

from tests.helpers import forked_programs

ROOT = Path(__file__).parents[2]
TOKENS = ("--token", "testuser-token", "--other-token", "otheruser-token")


def contract_run(target: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `contract-tests --strict` on a target: a planted bug of any level fails the run."""
    return contract_tests("--target", target, "--strict", *arguments)


def contract_tests(
    *arguments: str, folder: Path = ROOT, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run `contract-tests` in a folder; its environment has no other variables than these."""
    return started(*arguments, folder=folder, **environment).result()


def started(*arguments: str, folder: Path = ROOT, **environment: str) -> forked_programs.Running:
    """Start `contract-tests` and return at once."""
    environment = {"PYTHONPATH": str(ROOT), "PATH": "", **environment}
    return forked_programs.start("contract_tests.cli", arguments, folder, environment)


def shards_of_a_run(target: str, folder: Path, of: int, *arguments: str) -> list[str]:
    """Run all shards of a run at the same time; return the files of their verdicts."""
    files = [str(folder / f"shard-{number}.json") for number in range(1, of + 1)]
    options = ("--target", target, "--strict", *TOKENS, *arguments)
    runs = [
        started(*options, "--shard", f"{number}/{of}", "--report-json", file)
        for number, file in enumerate(files, 1)
    ]
    for number, run in enumerate(runs, 1):
        ran = run.result()
        assert ran.returncode in (0, 1), ran.stdout + ran.stderr
        assert f", shard {number}/{of})" in ran.stdout
        assert "not verified" not in ran.stdout
    return files


def finished(
    command: list[str], folder: Path, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run a command of this checkout in a folder; return its exit code and output."""
    return subprocess.run(
        command,
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), "PATH": "", **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )


@contextmanager
def serving_response(
    status: int,
    body: bytes,
    dies_after: int | None = None,
    received: SimpleQueue[str] | None = None,
    **headers: str,
) -> Iterator[str]:
    """Serve the same response to every request; yield the base URL.

    dies_after: the number of responses; the server closes later connections without one.
    received: gets the request line of each request.
    """
    responses_left = itertools.count(dies_after or 0, -1)

    class Connection(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1

        def respond(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if received is not None:
                received.put(self.requestline)
            if dies_after is not None and next(responses_left) <= 0:
                self.close_connection = True
                return
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def log_request(self, *_: object) -> None:
            pass

    for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"):
        setattr(Connection, f"do_{method}", Connection.respond)
    with ThreadingHTTPServer(("127.0.0.1", 0), Connection) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/api"
        finally:
            server.shutdown()
            thread.join()


def is_one_line(text: str, part: str) -> bool:
    """Return whether the output is a single line that contains a text."""
    (line,) = text.strip().splitlines()
    return part in line


def free_port() -> int:
    """Return a port on which no server listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port
