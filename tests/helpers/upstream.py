"""A real server behind a proxy, whose responses a test decides."""

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


@dataclass
class Received:
    """A request that the server got. target: as it was sent."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


Responder = Callable[[BaseHTTPRequestHandler, Received], None]


@dataclass
class UpstreamServer:
    """A running server. received: the requests so far; respond: responds to the next ones."""

    address: str
    respond: Responder
    received: list[Received] = field(default_factory=list)


def reply(
    status: int, body: bytes = b"", headers: tuple[tuple[str, str], ...] = (), length: bool = True
) -> Responder:
    """Return a responder with a fixed response."""

    def respond(handler: BaseHTTPRequestHandler, _received: Received) -> None:
        handler.send_response(status)
        for name, value in headers:
            handler.send_header(name, value)
        if length:
            handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        if handler.command != "HEAD":
            handler.wfile.write(body)

    return respond


@contextmanager
def upstream(respond: Responder, certificate: Path | None = None) -> Iterator[UpstreamServer]:
    """Run a server until the block ends. certificate: a file with its key, for https."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_one_request(self) -> None:
            self.raw_requestline = self.rfile.readline(65537)
            if not self.raw_requestline or not self.parse_request():
                self.close_connection = True
                return
            request = Received(
                self.command,
                self.path,
                {name.lower(): value for name, value in self.headers.items()},
                self.rfile.read(int(self.headers.get("content-length", "0"))),
            )
            running.received.append(request)
            running.respond(self, request)
            self.wfile.flush()

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    scheme = "https" if certificate else "http"
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    running = UpstreamServer(f"{scheme}://127.0.0.1:{server.server_address[1]}", respond)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield running
    finally:
        server.shutdown()
        server.server_close()
