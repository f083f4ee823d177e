"""HTTP/1.1 on a socket: requests in, answers out, connections kept where that is safe."""

import http.client
import re
import socket
import socketserver
import sys
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from io import BufferedIOBase
from typing import Any

from .answers import Answer, error_body
from .app import App, respond
from .requests import LARGEST_BODY, Request

IDLE_SECONDS = 30.0
LINGER_SECONDS = 1.0
LINGER_BYTES = 64 * 1024 * 1024
ORIGIN = re.compile(r"https?://[^/?#]*", re.IGNORECASE)
CHUNK_SIZE = re.compile(rb"[0-9A-Fa-f]{1,8}")


class FramingError(Exception):
    """The body is not framed as HTTP/1.1 demands; says how."""


class Server(socketserver.ThreadingTCPServer):
    """Listens at once; `serve_forever` answers. Raises OSError when the port cannot be had."""

    allow_reuse_address = True
    allow_reuse_port = False
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, host: str, port: int, app: App) -> None:
        self.app = app
        super().__init__((host, port), Connection)

    def handle_error(self, _request: Any, client_address: Any) -> None:
        """A client that goes away is no news."""
        if not isinstance(sys.exception(), OSError):
            print(f"{client_address}: {sys.exception()!r}", file=sys.stderr, flush=True)


class Connection(BaseHTTPRequestHandler):
    """One connection and the requests that come over it."""

    protocol_version = "HTTP/1.1"
    default_request_version = "HTTP/1.1"
    timeout = IDLE_SECONDS
    wbufsize = -1
    disable_nagle_algorithm = True
    server: Server

    def __getattr__(self, name: str) -> Any:
        """Every method is answered alike: which of them a path takes is the app's to say."""
        if name.startswith("do_"):
            return self.answer_request
        raise AttributeError(name)

    def answer_request(self) -> None:
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
        """The whole body; None, with the rest unread, when it is larger than `LARGEST_BODY`.

        Raises FramingError, and ConnectionError when the client goes away.
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
            raise FramingError("Content-Length is not one number")
        if len(length) > len(str(LARGEST_BODY)) or int(length) > LARGEST_BODY:
            return None
        return read_exactly(self.rfile, int(length))

    def send(self, answer: Answer, close: bool) -> None:
        content = answer.content()
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.body is not None:
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
        """Takes what the client still sends, for else it might not come to read the answer."""
        self.wfile.flush()
        self.connection.shutdown(socket.SHUT_WR)
        self.connection.settimeout(LINGER_SECONDS)
        left = LINGER_BYTES
        while left > 0 and (taken := self.connection.recv(65536)):
            left -= len(taken)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """What is no readable request at all is refused in the form of every other error."""
        phrase = HTTPStatus(code).phrase
        error_code = "invalid_request" if code == 400 else re.sub(r"\W+", "_", phrase).lower()
        body = error_body(error_code, message or explain or phrase)
        self.send(Answer(code, body), close=True)

    def version_string(self) -> str:
        return "releases-server"

    def log_message(self, *_: Any, **__: Any) -> None:
        """Nothing is logged of requests that were answered."""


def read_exactly(file: BufferedIOBase, size: int) -> bytes:
    content = file.read(size)
    if len(content) < size:
        raise ConnectionError("the client went away in the middle of a body")
    return content


def read_chunks(file: BufferedIOBase) -> bytes | None:
    """A body sent in chunks (RFC 9112, section 7.1); None when it is larger than allowed."""
    body = bytearray()
    while True:
        size = file.readline(1024).partition(b";")[0].strip()
        if not CHUNK_SIZE.fullmatch(size):
            raise FramingError("A chunk has no size")
        if int(size, 16) == 0:
            break
        if len(body) + int(size, 16) > LARGEST_BODY:
            return None
        body += read_exactly(file, int(size, 16))
        if file.readline(3) not in (b"\r\n", b"\n"):
            raise FramingError("A chunk is longer than its size")
    try:
        http.client.parse_headers(file)
    except http.client.HTTPException:
        raise FramingError("The trailer after the chunks cannot be read") from None
    return bytes(body)
