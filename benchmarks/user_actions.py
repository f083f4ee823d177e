"""The actions of users in a long run, including slow and broken clients."""

from __future__ import annotations

import http.client
import json
import socket
import struct
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field
from random import Random
from typing import Any

from .load.requests import HEADERS

TIMEOUT = 60  # seconds for a response
FAULT_HEADER = "X-Mock-Fault"
RELEASES = ("rel_successful", "rel_pending", "rel_failed_transpilation", "rel_unknown")
FIXTURES = ("pending", "failed-transpilation", "stale-circuit-json", "unknown-fixture")
SCENARIOS = ("succeeds", "fails-transpilation", "never-finishes", "unknown-scenario")
FAULTS: tuple[Mapping[str, Any], ...] = (
    {"kind": "status", "status": 503, "first": 2},
    {"kind": "delay", "seconds": 0.05, "every": 2},
    {"kind": "slow-body", "bytes_per_second": 20_000},
    {"kind": "truncate"},
    {"kind": "drop", "when": "middle", "how": "rst", "every": 2},
    {"kind": "drop", "first": 1},
    {"kind": "cut-stream", "after": 1},
)
RELEASE_PATH = "/api/package_releases"


@dataclass
class Tally:
    """What one user did and received. errors: 5xx and lost connections without a fault."""

    statuses: Counter[int] = field(default_factory=Counter)
    actions: Counter[str] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class User:
    """A user who acts at random in a session. has_faults: the session may have faults."""

    host: str
    session: str
    choice: Random
    tally: Tally
    has_faults: bool = False

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> None:
        """Send a request over a new connection and count the response."""
        sent_headers = {**HEADERS, **headers} if body is not None else headers
        text = body if isinstance(body, bytes) or body is None else json.dumps(body)
        with closing(http.client.HTTPConnection(self.host, timeout=TIMEOUT)) as connection:
            try:
                connection.request(method, f"/_s/{self.session}{path}", text, sent_headers)
                response = connection.getresponse()
                response.read()
            except (OSError, http.client.HTTPException) as error:
                if not self.has_faults:
                    self.tally.errors.append(f"{method} {path}: {error!r}")
                return
        self.tally.statuses[response.status] += 1
        if response.status >= 500 and FAULT_HEADER not in response.headers:
            self.tally.errors.append(f"{method} {path}: {response.status}")

    def random_release(self) -> dict[str, str]:
        """Return the body of a request for a release, which may be unknown."""
        return {"package_release_id": self.choice.choice(RELEASES)}


def read(user: User) -> None:
    user.send("POST", f"{RELEASE_PATH}/get", user.random_release())
    user.send("POST", f"{RELEASE_PATH}/list", {"package_id": "pkg_3"})
    user.send("GET", "/api/packages/get?package_id=pkg_3")
    user.send("GET", "/api/accounts/get", Authorization="Bearer testuser-token")


def rebuild(user: User) -> None:
    user.send("POST", f"{RELEASE_PATH}/rebuild", user.random_release())
    user.send("POST", f"{RELEASE_PATH}/get", user.random_release())


def prefer(user: User) -> None:
    example = f"example={user.choice.choice(FIXTURES)}"
    preference = user.choice.choice((example, "code=404", "code=999"))
    user.send("POST", f"{RELEASE_PATH}/get", user.random_release(), Prefer=preference)


def invalid_requests(user: User) -> None:
    user.send("POST", f"{RELEASE_PATH}/get", {})
    user.send("POST", f"{RELEASE_PATH}/get", b'{"package_release_id": ')
    user.send(
        "POST", f"{RELEASE_PATH}/rebuild", user.random_release(), Authorization="Bearer nobody"
    )
    user.send("POST", f"{RELEASE_PATH}/get", b"<a/>", **{"Content-Type": "text/xml"})
    user.send("GET", "/api/no/such/path")


def control(user: User) -> None:
    fixture, scenario = user.choice.choice(FIXTURES), user.choice.choice(SCENARIOS)
    user.send("POST", "/_mock/show", {**user.random_release(), "fixture": fixture})
    user.send("POST", "/_mock/play", {**user.random_release(), "scenario": scenario})
    user.send("POST", "/_mock/next", {"scenario": scenario})
    user.send("POST", "/_mock/clock", {"advance": user.choice.uniform(0, 60)})
    user.send("GET", "/_mock/journal?limit=20")
    user.send("GET", "/_mock/health")


def reset(user: User) -> None:
    user.send("POST", "/_mock/reset")


def delete_session(user: User) -> None:
    user.send("POST", f"{RELEASE_PATH}/get", user.random_release())
    user.send("DELETE", f"/_mock/sessions/{user.session}")


def faults(user: User) -> None:
    """Add faults in a session that only this action uses, send requests, and remove them."""
    name = f"faults-{user.choice.randrange(20)}"
    other = User(user.host, name, user.choice, user.tally, has_faults=True)
    for fault in user.choice.sample(FAULTS, 2):
        other.send("POST", "/_mock/faults", dict(fault))
    for _ in range(4):
        other.send("POST", f"{RELEASE_PATH}/get", other.random_release())
    stream(other)
    other.send("DELETE", "/_mock/faults")
    reset(other)


def stream(user: User) -> None:
    """Read an event stream for up to two seconds, then disconnect."""
    path = f"{RELEASE_PATH}/events?package_release_id=rel_pending"
    with _connection(user, "GET", path) as connection:
        connection.sendall(b"\r\n")
        end = time.monotonic() + user.choice.uniform(0, 2)
        with suppress(OSError):
            while (remaining := end - time.monotonic()) > 0:
                connection.settimeout(remaining)
                if not connection.recv(65_536):
                    break


def slow_client(user: User) -> None:
    """Send one byte at a time, and read the response late."""
    body = b'{"package_release_id": "rel_successful"}'
    with _connection(user, "POST", f"{RELEASE_PATH}/get") as connection, suppress(OSError):
        connection.sendall(b"Content-Type: application/json\r\n")
        connection.sendall(b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(body))
        for byte in body:
            connection.sendall(bytes([byte]))
            time.sleep(0.01)
        status = connection.recv(16)[9:12]
        if not status.isdigit() or status >= b"500":
            user.tally.errors.append(f"a slow client: {status!r}")
        time.sleep(0.1)


def broken_client(user: User) -> None:
    """Send an incomplete or malformed request, and reset the connection."""
    rest = user.choice.choice((b"Content-Length: 99\r\n\r\n{", b"Host", b"\x00\xff: \r\n\r\n", b""))
    with _connection(user, "POST", f"{RELEASE_PATH}/get") as connection, suppress(OSError):
        connection.sendall(rest)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def _connection(user: User, method: str, path: str) -> socket.socket:
    """Open a connection and send the start of a request."""
    name, _, port = user.host.partition(":")
    connection = socket.create_connection((name, int(port)), timeout=TIMEOUT)
    head = f"{method} /_s/{user.session}{path} HTTP/1.1\r\nHost: {user.host}\r\n"
    connection.sendall(head.encode())
    return connection


Action = Callable[[User], None]

# The relative frequency of each action.
ACTIONS: Mapping[Action, int] = {
    read: 40,
    rebuild: 10,
    prefer: 10,
    invalid_requests: 10,
    control: 10,
    reset: 3,
    delete_session: 3,
    faults: 5,
    stream: 5,
    slow_client: 2,
    broken_client: 2,
}


def act(user: User) -> None:
    """Perform one random action. Errors are added to the tally of the user."""
    (action,) = user.choice.choices(list(ACTIONS), list(ACTIONS.values()))
    user.tally.actions[action.__name__] += 1
    try:
        action(user)
    except OSError as error:
        user.tally.errors.append(f"{action.__name__}: {error!r}")
