"""HTTP for the API, on the threading server of the standard library."""

import contextlib
import gzip
import json
import socket
import struct
import sys
import time
import traceback
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

from .api import Api, respond
from .messages import Request, Response, error

DRAIN = 8_000_000


def _path(target: str) -> tuple[str, str]:
    """Return the decoded path and the query of a request target (RFC 9112, section 3.2)."""
    if not target.startswith("/"):
        parts = urlsplit(target)
        target = f"{parts.path}?{parts.query}"
    path, _, query = target.partition("?")
    return "/".join(unquote(part).replace("/", "%2F") for part in path.split("/")), query


class Server(ThreadingHTTPServer):
    """A server with one thread for each connection."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], api: Api) -> None:
        super().__init__(address, Handler)
        self.api = api

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore clients that disconnect, and print other errors."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    """The requests of one connection."""

    server: Server
    protocol_version = "HTTP/1.1"
    default_request_version = "HTTP/1.1"
    server_version = "independent"
    timeout = 30
    wbufsize = -1

    def __getattr__(self, name: str) -> Callable[[], None]:
        """Handle every method in the same way."""
        if name.startswith("do_"):
            return self._handle
        raise AttributeError(name)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Print no access log."""

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:  # noqa: ARG002
        """Send the error for a request that is not HTTP."""
        self.command = self.command or ""
        self.close_connection = True
        self._send(error(400, "invalid_request", message or "The request is not HTTP"))

    def _handle(self) -> None:
        """Read a request and send its response."""
        if self.headers.get("Host") is None and self.request_version == "HTTP/1.1":
            return self.send_error(400, "The header Host is missing")
        try:
            body, size = self._body()
        except ValueError:
            return self.send_error(400, "The body is not framed correctly")
        path, query = _path(self.requestline.split()[1])
        headers = {name.lower(): value for name, value in self.headers.items()}
        try:
            request = Request(self.command, path, query, headers, body, size)
            response = respond(self.server.api, request)
        except Exception:  # noqa: BLE001 - every failure is a response
            traceback.print_exc()
            response = error(500, "internal_error", "The server could not create a valid response")
        return self._send(response)

    def _body(self) -> tuple[bytes, int]:
        """Return the body and its size, or raise ValueError."""
        limit = self.server.api.behaviour.limit
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            return self._chunks(limit)
        lengths = set(self.headers.get_all("Content-Length", ["0"]))
        length = lengths.pop()
        if lengths or not (length.isascii() and length.isdigit()) or len(length) > 15:
            raise ValueError("Content-Length")
        size = int(length)
        if size <= limit:
            return self.rfile.read(size), size
        self.close_connection = True
        self._drain(min(size, DRAIN))
        return b"", size

    def _drain(self, size: int) -> None:
        """Read and drop a body, so that the client can read the response."""
        while size > 0:
            part = self.rfile.read(min(size, 65_536))
            if not part:
                return
            size -= len(part)

    def _chunks(self, limit: int) -> tuple[bytes, int]:
        """Return a body in chunks (RFC 9112, section 7.1)."""
        body = b""
        size = 0
        while True:
            length = int(self.rfile.readline(1_000).split(b";")[0], 16)
            size += length
            part = self.rfile.read(length) if size <= DRAIN else b""
            body += part if size <= limit else b""
            if size > DRAIN:
                self.close_connection = True
                return b"", size
            if length == 0:
                while self.rfile.readline(65_536).strip():
                    pass
                return body, size
            self.rfile.readline(10)

    def _send(self, response: Response) -> None:
        """Send a response."""
        behaviour = self.server.api.behaviour
        if response.fault == "hang":
            time.sleep(20)
        if response.fault in ("reset", "hang"):
            return self._reset()
        if behaviour.http_version == "HTTP/1.0":
            self.protocol_version, self.close_connection = "HTTP/1.0", True
        content = b""
        if response.raw is not None:
            content = response.raw
        elif response.body is not None:
            content = json.dumps(response.body, **(behaviour.dump or {})).encode()
        headers = {"Content-Type": "application/json"} | response.headers
        if response.status == 204:
            headers.pop("Content-Type")
        accepted = self.headers.get("Accept-Encoding", "") if hasattr(self, "headers") else ""
        if behaviour.compress and "gzip" in accepted and content:
            content = gzip.compress(content)
            headers |= {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
        self.send_response(response.status)
        for name, value in headers.items():
            self.send_header(name, value)
        if response.stream is not None:
            return self._send_stream(response)
        chunked = behaviour.chunked and content and self.request_version == "HTTP/1.1"
        if chunked:
            self.send_header("Transfer-Encoding", "chunked")
        elif response.status != 204:
            self.send_header("Content-Length", str(len(content)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command == "HEAD" and response.fault != "body-of-head":
            return None
        if response.fault == "cut":
            self.wfile.write(content[: len(content) // 2])
            self.close_connection = True
            return None
        if not chunked:
            self.wfile.write(content)
            return None
        half = len(content) // 2 or 1
        for part in (content[:half], content[half:]):
            if part:
                self.wfile.write(b"%x\r\n%b\r\n" % (len(part), part))
                self.wfile.flush()
        self.wfile.write(b"0\r\n\r\n")
        return None

    def _send_stream(self, response: Response) -> None:
        """Send a stream of events until it ends or the client disconnects."""
        self.close_connection = True
        self.send_header("Connection", "close")
        self.end_headers()
        if self.command == "HEAD" or response.stream is None:
            return
        with contextlib.closing(response.stream) as stream:  # type: ignore[type-var]
            for text in stream:
                self.wfile.write(text.encode())
                self.wfile.flush()

    def _reset(self) -> None:
        """Reset the connection without a response."""
        self.close_connection = True
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.connection.close()
