"""HTTP/1.1: routes, errors and event streams."""

import json
import re
import sys
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

from .requests import ApiError, Request
from .service import Service

PREFIX = "/v1"
# Path → method → the name of an operation of the service
ROUTES = {
    "/team": {"GET": "get_team"},
    "/teams/{teamId}/projects": {"GET": "list_projects", "POST": "create_project"},
    "/projects/{projectId}": {
        "GET": "get_project",
        "PATCH": "update_project",
        "DELETE": "delete_project",
    },
    "/projects/{projectId}/deployments": {"GET": "list_deployments", "POST": "create_deployment"},
    "/deployments/{deploymentId}": {"GET": "get_deployment"},
    "/deployments/{deploymentId}/cancel": {"POST": "cancel_deployment"},
    "/deployments/{deploymentId}/redeploy": {"POST": "redeploy"},
    "/deployments/{deploymentId}/events": {"GET": "watch"},
}
PATTERNS = {
    re.compile(PREFIX + re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path)): methods
    for path, methods in ROUTES.items()
}
POLL = 0.05  # seconds between two looks at a deployment that a client follows
HEARTBEAT = 1.0  # seconds without an event after which a comment is sent
MAX_STREAMS = 100
MAX_BODY = 1024 * 1024  # bytes


class Server(ThreadingHTTPServer):
    """A server of the API with one thread per connection."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, service: Service) -> None:
        self.service, self.streams = service, 0
        super().__init__(("127.0.0.1", port), Connection)

    def handle_error(self, _request: Any, client_address: Any) -> None:
        """Print an unexpected exception. A client that disconnects is not an error."""
        if not isinstance(sys.exception(), OSError):
            print(f"{client_address}: {sys.exception()!r}", file=sys.stderr, flush=True)


class Connection(BaseHTTPRequestHandler):
    """One connection and its requests."""

    protocol_version = "HTTP/1.1"
    timeout = 30.0
    wbufsize = -1
    disable_nagle_algorithm = True
    server: Server

    def __getattr__(self, name: str) -> Any:
        """Return one handler for all methods: the routes decide which methods a path has."""
        if name.startswith("do_"):
            return self.handle_request
        raise AttributeError(name)

    def handle_request(self) -> None:
        length = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers or not length.isdecimal() or int(length) > MAX_BODY:
            self.close_connection = True
            self.send_json(400, error_body("bad_request", "Send Content-Length, at most 1 MiB"))
            return
        body = self.rfile.read(int(length))
        path, _, query = self.path.partition("?")
        try:
            self.respond(path, query, body)
        except ApiError as error:
            self.send_json(error.status, error_body(error.code, error.message))

    def respond(self, path: str, query: str, body: bytes) -> None:
        """Send the response. Raise ApiError for an error that the API documents."""
        found = ((pattern.fullmatch(path), methods) for pattern, methods in PATTERNS.items())
        matches = [(match, methods) for match, methods in found if match]
        if not matches:
            raise ApiError(404, "not_found", "The path does not exist")
        match, methods = matches[0]
        method = "GET" if self.command == "HEAD" else self.command
        if method not in methods:
            allow = ", ".join([*methods, *(["HEAD"] if "GET" in methods else [])])
            content = error_body("method_not_allowed", "Use one of the methods in Allow")
            self.send_json(405, content, ("Allow", allow))
            return
        headers = {name.lower(): text for name, text in self.headers.items()}
        parameters = {name: unquote(text) for name, text in match.groupdict().items()}
        request = Request(parameters, query, headers, body)
        service = self.server.service
        with service.lock:
            service.caller(request)
            if methods[method] != "watch":
                reply = getattr(service, methods[method])(request)
        if methods[method] == "watch":
            self.watch(request)
        else:
            self.send_json(*reply)

    def watch(self, request: Request) -> None:
        """Send the events of a deployment until it has ended. Raise ApiError."""
        identifier, known = request.path["deploymentId"], request.headers.get("last-event-id")
        first, ended = self.due(identifier, known)
        if ended and not first:
            self.send_json(204, None)
            return
        if self.server.streams >= MAX_STREAMS:
            raise ApiError(503, "too_many_streams", "Try again later")
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Cache-Control", "no-store")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        if self.command == "HEAD":
            return
        self.server.streams += 1
        try:
            for event in self.followed(identifier, first, ended):
                self.wfile.write(event)
                self.wfile.flush()
        finally:
            self.server.streams -= 1

    def due(self, identifier: str, known: str | None) -> tuple[list[tuple[str, Any]], bool]:
        """Return the events that are due, and whether no other follows. Raise ApiError (404)."""
        service = self.server.service
        with service.lock:
            deployment, now = service.deployment(identifier), service.clock()
            return service.events(deployment, known, now), now >= deployment.build.ended_at

    def followed(
        self, identifier: str, events: list[tuple[str, Any]], ended: bool
    ) -> Iterator[bytes]:
        """Yield each event of a deployment as it is sent, and comments between them."""
        known: str | None = None
        sent_at = time.monotonic()
        while True:
            sent_at = time.monotonic() if events else sent_at
            for known, (name, data) in events:
                text = json.dumps(data, ensure_ascii=False)
                yield f"id: {known}\nevent: {name}\ndata: {text}\n\n".encode()
            if ended:
                return
            time.sleep(POLL)
            try:
                events, ended = self.due(identifier, known)
            except ApiError:
                return  # it was deleted
            if not events and time.monotonic() - sent_at > HEARTBEAT:
                yield b":\n\n"  # fails if the client has disconnected
                sent_at = time.monotonic()

    def send_json(self, status: int, body: Any, *headers: tuple[str, str]) -> None:
        content = b"" if body is None else json.dumps(body, ensure_ascii=False).encode()
        self.send_response(status)
        for name, text in headers:
            self.send_header(name, text)
        if body is not None:
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        """Do not log requests."""


def error_body(code: str, message: str) -> dict[str, Any]:
    return {"error": {"code": code, "message": message}}
