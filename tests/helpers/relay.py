"""A server that passes requests on to a target, and that can change what happens."""

import http.client
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length"}


@dataclass(frozen=True)
class Relayed:
    """A request that a relay received. number: counts from 1. path: with query, or absolute."""

    number: int
    method: str
    path: str
    headers: Mapping[str, str]

    @property
    def token(self) -> str:
        return self.headers.get("authorization", "").removeprefix("Bearer ")


@dataclass
class Relay:
    """The address of a relay, and the requests that it received."""

    url: str = ""
    requests: list[Relayed] = field(default_factory=list)


Reply = tuple[int, dict[str, str], bytes]


@contextmanager
def relaying(
    target: str, reply: Callable[[Relayed], Reply | None] = lambda _: None, port: int = 0
) -> Iterator[Relay]:
    """Serve a relay to a base URL.

    reply: returns the response to a request; None to pass it on to the target. port: 0 for any.
    """
    base, relay, lock = urlsplit(target), Relay(), threading.Lock()

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
            headers = {name.lower(): value for name, value in self.headers.items()}
            with lock:
                number = len(relay.requests) + 1
                request = Relayed(number, self.command, self.path, headers)
                relay.requests.append(request)
            status, received, content = reply(request) or self.passed_on(body)
            self.send_response_only(status)
            for name, value in received.items():
                self.send_header(name, value)
            bodiless = self.command == "HEAD" or status == 204
            if "content-length" not in map(str.lower, received):
                self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if not bodiless:
                self.wfile.write(content)

        def passed_on(self, body: bytes) -> Reply:
            self.upstream = self.upstream or http.client.HTTPConnection(base.netloc, timeout=30)
            path = "/" + self.path.partition("://")[2].partition("/")[2]
            path = path if "://" in self.path else self.path
            self.upstream.putrequest(self.command, path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                self.upstream.putheader(name, value)
            self.upstream.endheaders(body or None)
            response = self.upstream.getresponse()
            content = response.read()
            received = [(n, v) for n, v in response.getheaders() if n.lower() not in HOP_BY_HOP]
            if self.command == "HEAD":
                received += [("Content-Length", response.getheader("content-length") or "0")]
            return response.status, dict(received), content

        def log_message(self, *_: object) -> None:
            pass

    for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUERY"):
        setattr(Connection, f"do_{method}", Connection.respond)
    with ThreadingHTTPServer(("127.0.0.1", port), Connection) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        relay.url = f"http://127.0.0.1:{server.server_address[1]}{base.path}"
        try:
            yield relay
        finally:
            server.shutdown()
            thread.join()
