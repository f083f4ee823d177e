"""A server between a client and a target that misbehaves at random, each kind in its own way."""

import http.client
import os
import random
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple
from urllib.parse import urlsplit

HOP_BY_HOP = ("connection", "keep-alive", "transfer-encoding", "content-length")
BURST = 3  # requests in a row
RESET = struct.pack("ii", 1, 0)  # SO_LINGER: close with RST


class Reply(NamedTuple):
    """The response of the target."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


Handler = BaseHTTPRequestHandler
Misbehaviour = Callable[[Handler, Reply], None]


def send(handler: Handler, reply: Reply, body: bytes | None = None) -> None:
    """Send a response. body: what is sent of its body; None for all."""
    handler.send_response_only(reply.status)
    for name, value in reply.headers:
        handler.send_header(name, value)
    if reply.status not in (204, 304):
        handler.send_header("Content-Length", str(len(reply.body)))
    handler.end_headers()
    if handler.command != "HEAD":
        handler.wfile.write(reply.body if body is None else body)


def slow(handler: Handler, reply: Reply) -> None:
    time.sleep(0.2)
    send(handler, reply)


def reset(handler: Handler, _reply: Reply) -> None:
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    os.close(handler.connection.detach())
    handler.close_connection = True


def closed(handler: Handler, _reply: Reply) -> None:
    handler.close_connection = True


def last(handler: Handler, reply: Reply) -> None:
    """Announce that the connection ends, and end it."""
    send(handler, reply._replace(headers=[*reply.headers, ("Connection", "close")]))
    handler.close_connection = True


def cut(handler: Handler, reply: Reply) -> None:
    """Send half of the body; a response without one is complete."""
    send(handler, reply, reply.body[: len(reply.body) // 2])
    handler.close_connection = True


def in_parts(handler: Handler, reply: Reply) -> None:
    """Send the headers and the body byte by byte, as far as a test has time for it."""
    wfile, parts = handler.wfile, _Parts()
    handler.wfile = parts  # type: ignore[assignment]
    send(handler, reply)
    handler.wfile = wfile
    for start in range(0, min(len(parts.content), 60), 10):
        wfile.write(parts.content[start : start + 10])
        wfile.flush()
        time.sleep(0.005)
    wfile.write(parts.content[60:])


class _Parts:
    def __init__(self) -> None:
        self.content = b""

    def write(self, content: bytes) -> int:
        self.content += content
        return len(content)

    def flush(self) -> None:
        """Keep what was written."""


def gateway(status: int, *headers: tuple[str, str]) -> Misbehaviour:
    """Return the response of a gateway in place of that of the target."""

    def misbehave(handler: Handler, _reply: Reply) -> None:
        html = ("Content-Type", "text/html")
        send(handler, Reply(status, [html, *headers], b"<h1>Try again</h1>"))

    return misbehave


class Kind(NamedTuple):
    """A kind of server. share: of the requests; in_bursts: whether several follow each other."""

    misbehave: Misbehaviour
    share: float
    in_bursts: bool = False


NOW = ("Retry-After", "0")
KINDS = {
    "slow": Kind(slow, 0.05),
    "resets connections": Kind(reset, 0.05),
    "closes connections": Kind(closed, 0.05),
    "ends connections": Kind(last, 0.5),
    "cuts bodies": Kind(cut, 0.05),
    "sends in parts": Kind(in_parts, 0.2),
    "429 in bursts": Kind(gateway(429, NOW), 0.02, in_bursts=True),
    "503 in bursts": Kind(gateway(503, NOW), 0.02, in_bursts=True),
    "502 in bursts": Kind(gateway(502), 0.02, in_bursts=True),
    "504 in bursts": Kind(gateway(504), 0.02, in_bursts=True),
}


@contextmanager
def misbehaving(target: str, kind: Kind, seed: int) -> Iterator[str]:
    """Serve a relay to a base URL that misbehaves at random; yield its base URL."""
    base, lock, chance = urlsplit(target), threading.Lock(), random.Random(seed)
    left = 0  # requests of the current burst

    def is_hit() -> bool:
        nonlocal left
        with lock:
            if left == 0 and chance.random() < kind.share:
                left = BURST if kind.in_bursts else 1
            hit = left > 0
            left -= hit
            return hit

    class Connection(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1
        upstream: http.client.HTTPConnection | None = None

        def finish(self) -> None:
            super().finish()
            if self.upstream is not None:
                self.upstream.close()

        def respond(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if self.upstream is None:
                self.upstream = http.client.HTTPConnection(base.netloc, timeout=30)
            self.upstream.putrequest(
                self.command, self.path, skip_host=True, skip_accept_encoding=True
            )
            for name, value in self.headers.items():
                self.upstream.putheader(name, value)
            self.upstream.endheaders(body or None)
            with self.upstream.getresponse() as response:
                pairs = [(n, v) for n, v in response.getheaders() if n.lower() not in HOP_BY_HOP]
                reply = Reply(response.status, pairs, response.read())
            if is_hit():
                kind.misbehave(self, reply)
            else:
                send(self, reply)

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUERY"):
        setattr(Connection, f"do_{method}", Connection.respond)
    with ThreadingHTTPServer(("127.0.0.1", 0), Connection) as server:
        server.handle_error = lambda *_: None  # type: ignore[method-assign]  # a client is gone
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}{base.path}"
        finally:
            server.shutdown()
            thread.join()
