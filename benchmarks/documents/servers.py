"""Start a mock server with a document, send it requests, and measure it."""

from __future__ import annotations

import http.client
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from .. import processes
from ..contenders import MOCK_SERVER, NODE_PROGRAMS, PEERS
from ..serving import free_port, running_process
from .judging import Response
from .requests import ACCEPT, Request

START_TIMEOUT, RESPONSE_TIMEOUT = 90.0, 20.0  # seconds
POLL_INTERVAL = 0.01  # seconds between two attempts during the start
LOG_LENGTH = 400
TRACEBACK = "Traceback (most recent call last)"
OURS, PRISM, SCALAR = "ours", "prism", "scalar"
PROBE = Request("GET", "/", {"Accept": ACCEPT})


@dataclass(frozen=True)
class Tool:
    """A mock server. command: its command line for a document and a port.

    has_prefix: whether the path of the first server of the document precedes its paths.
    """

    name: str
    command: Callable[[Path, int], Sequence[str | Path]]
    has_prefix: bool = False


TOOLS = {
    OURS: Tool(
        "mock-server",
        lambda path, port: [MOCK_SERVER, "serve", "--spec", path, "--port", str(port), "--quiet"],
        has_prefix=True,
    ),
    PRISM: Tool(
        "Prism",
        lambda path, port: [
            *(NODE_PROGRAMS / "prism", "mock", path),
            *("--port", str(port), "--host", "127.0.0.1", "-v", "silent"),
        ],
    ),
    SCALAR: Tool(
        "Scalar",
        lambda path, port: [NODE_PROGRAMS / "node", PEERS / "scalar.mjs", path, str(port)],
    ),
}


@dataclass
class Served:
    """What a tool made of a document.

    start: seconds from the start of the process to the first response, None without one. cpu: the
    CPU seconds until then. memory: bytes after the requests. log: the end of the output, if the
    document is not served.
    """

    start: float | None = None
    cpu: float = 0
    memory: int = 0
    responses: list[Response] = field(default_factory=list)
    traceback: bool = False
    log: str = ""


def serve(tool: Tool, path: Path, requests: Sequence[Request]) -> Served:
    """Start a tool with a document, send the requests one after the other, and stop the tool."""
    served = Served()
    with TemporaryDirectory() as name:
        log = Path(name) / "log.txt"
        port = free_port()
        with (
            log.open("wb") as output,
            running_process(tool.command(path, port), Path(name), output.fileno()) as process,
        ):
            own = [replace(each, prefix=each.prefix * tool.has_prefix) for each in requests]
            _measure(served, process, port, own or [PROBE])
        text = log.read_text("utf-8", "replace")
    served.traceback = TRACEBACK in text
    if served.start is None:
        served.log = " ".join(text.split())[-LOG_LENGTH:]
    return served


def _measure(
    served: Served,
    process: subprocess.Popen[bytes],
    port: int,
    requests: Sequence[Request],
) -> None:
    started_at = time.monotonic()
    for request in requests:
        if served.start is None:
            response = _first_response(process, port, request, started_at)
            if response is None:
                return
            served.start = time.monotonic() - started_at
            served.cpu = processes.cpu(processes.tree(process.pid))
        else:
            response = send(port, request)
        served.responses.append(response)
    served.memory = processes.rss(processes.tree(process.pid))


def _first_response(
    process: subprocess.Popen[bytes], port: int, request: Request, started_at: float
) -> Response | None:
    """Wait until the port is open, then send a request. Return None if it never is."""
    while time.monotonic() - started_at < START_TIMEOUT and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(POLL_INTERVAL)
        else:
            return send(port, request)
    return None


def send(port: int, request: Request) -> Response:
    """Send a request on a separate connection, and return the response or the error."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=RESPONSE_TIMEOUT)
    headers = {name: text.encode("utf-8") for name, text in request.headers.items()}
    try:
        connection.request(
            request.method, request.prefix + request.target, request.body or None, {**headers}
        )
        response = connection.getresponse()
        names = {name.lower(): text for name, text in response.getheaders()}
        return Response(response.status, names, _read(response))
    except (OSError, http.client.HTTPException, ValueError) as error:
        return Response(error=f"{type(error).__name__}: {error}")
    finally:
        connection.close()


def _read(response: http.client.HTTPResponse) -> bytes:
    """Return the body; of an event stream, what comes first."""
    if "event-stream" in response.headers.get("content-type", ""):
        with suppress(TimeoutError):
            return response.read1(65536)
        return b""
    return response.read()
