"""HTTP/1.1 on sockets: read requests, send responses, and keep connections open."""

import http.client
import re
import socket
import socketserver
import sys
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from io import BufferedIOBase
from typing import Any

from .app import App, respond
from .requests import MAX_BODY_BYTES, Request
from .responses import Response, error_body

IDLE_SECONDS = 30.0
LINGER_SECONDS = 1.0
LINGER_BYTES = 64 * 1024 * 1024
ORIGIN = re.compile(r"https?://[^/?#]*", re.IGNORECASE)
CHUNK_SIZE = re.compile(rb"[0-9A-Fa-f]{1,8}")


class FramingError(Exception):
    """The length of a body is not sent as RFC 9112 (section 6) requires."""


class Server(socketserver.ThreadingTCPServer):
    """A server with one thread per connection.

    It listens when it is created; `serve_forever` handles the connections.
    Raise OSError if the address is not available.
    """

    allow_reuse_address = True
    allow_reuse_port = False
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, host: str, port: int, app: App) -> None:
        self.app = app
        super().__init__((host, port), Connection)

    def handle_error(self, _request: Any, client_address: Any) -> None:
        """Print an unexpected exception. A client that disconnects is not an error."""
        if not isinstance(sys.exception(), OSError):
            print(f"{client_address}: {sys.exception()!r}", file=sys.stderr, flush=True)


class Connection(BaseHTTPRequestHandler):
    """One connection and its requests."""

    protocol_version = "HTTP/1.1"
    default_request_version = "HTTP/1.1"
    timeout = IDLE_SECONDS
    wbufsize = -1
    disable_nagle_algorithm = True
    server: Server

    def __getattr__(self, name: str) -> Any:
        """Return one handler for all methods: the app decides which methods a path supports."""
        if name.startswith("do_"):
            return self.handle_request
        raise AttributeError(name)

    def handle_request(self) -> None:
        target = self.requestline.split()[1]
        path, _, query = ORIGIN.sub("", target, count=1).partition("?")
        try:
            body = self.read_body()
        except FramingError as error:
            self.send_error(400, str(error))
            return
        request = Request(self.command, path, query, self.headers, body)
        self.send(respond(self.server.app, request), close=body is None)

    def read_body(self) -> bytes | None:
        """Return the body, or None if it is larger than `MAX_BODY_BYTES` (its rest is unread).

        Raise FramingError, or ConnectionError if the client disconnects.
        """
        lengths = set(self.headers.get_all("Content-Length", []))
        codings = self.headers.get_all("Transfer-Encoding", [])
        if codings:
            if lengths or [coding.strip().lower() for coding in codings] != ["chunked"]:
                raise FramingError("Send either Content-Length or Transfer-Encoding: chunked")
            return read_chunks(self.rfile)
        if not lengths:
            return b""
        length = lengths.pop()
        if lengths or not (length.isascii() and length.isdecimal()):
            raise FramingError("Content-Length must be one number")
        if len(length) > len(str(MAX_BODY_BYTES)) or int(length) > MAX_BODY_BYTES:
            return None
        return read_exactly(self.rfile, int(length))

    def send(self, response: Response, close: bool) -> None:
        """Send a response. close: end the connection after it."""
        content = response.content()
        self.send_response(response.status)
        for name, value in response.headers.items():
            self.send_header(name, value)
        if response.body is not None:
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
        if close:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)
        if close:
            self.linger()

    def linger(self) -> None:
        """Read what the client still sends before the connection closes.

        Closing with unread bytes resets the connection (RFC 9112, section 9.6), and the client
        could lose the response.
        """
        self.wfile.flush()
        self.connection.shutdown(socket.SHUT_WR)
        self.connection.settimeout(LINGER_SECONDS)
        remaining = LINGER_BYTES
        while remaining > 0 and (received := self.connection.recv(65536)):
            remaining -= len(received)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Send an error of the HTTP layer with the same body as every other error."""
        phrase = HTTPStatus(code).phrase
        error_code = "invalid_request" if code == 400 else re.sub(r"\W+", "_", phrase).lower()
        body = error_body(error_code, message or explain or phrase)
        self.send(Response(code, body), close=True)

    def version_string(self) -> str:
        return "releases-server"

    def log_message(self, *_: Any, **__: Any) -> None:
        """Do not log requests."""


def read_exactly(file: BufferedIOBase, size: int) -> bytes:
    """Read this many bytes. Raise ConnectionError if the client disconnects before."""
    content = file.read(size)
    if len(content) < size:
        raise ConnectionError("the client disconnected before the end of a body")
    return content


def read_chunks(file: BufferedIOBase) -> bytes | None:
    """Read a chunked body (RFC 9112, section 7.1); None if it is larger than `MAX_BODY_BYTES`."""
    body = bytearray()
    while True:
        size = file.readline(1024).partition(b";")[0].strip()
        if not CHUNK_SIZE.fullmatch(size):
            raise FramingError("A chunk must start with its size")
        if int(size, 16) == 0:
            break
        if len(body) + int(size, 16) > MAX_BODY_BYTES:
            return None
        body += read_exactly(file, int(size, 16))
        if file.readline(3) not in (b"\r\n", b"\n"):
            raise FramingError("A chunk must be as long as its size")
    try:
        http.client.parse_headers(file)
    except http.client.HTTPException:
        raise FramingError("The trailer after the chunks is malformed") from None
    return bytes(body)
