"""What users do to a mock in a long run, the rude ones too: one table."""

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

PATIENCE = 60  # seconds for an answer
FAULT = "X-Mock-Fault"
RELEASES = ("rel_successful", "rel_pending", "rel_failed_transpilation", "rel_no_such_thing")
STATES = ("pending", "failed-transpilation", "stale-circuit-json", "no-such-fixture")
SCENARIOS = ("succeeds", "fails-transpilation", "never-finishes", "no-such-scenario")
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
    """What one actor has been answered. unasked: what nobody asked for."""

    statuses: Counter[int] = field(default_factory=Counter)
    deeds: Counter[str] = field(default_factory=Counter)
    unasked: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Actor:
    """Somebody who acts by chance in a session. disturbed: faults may strike what is asked."""

    host: str
    session: str
    chance: Random
    tally: Tally
    disturbed: bool = False

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> None:
        """Asks once, over a connection of its own, and notes what comes."""
        sent = {**HEADERS, **headers} if body is not None else headers
        text = body if isinstance(body, bytes) or body is None else json.dumps(body)
        with closing(http.client.HTTPConnection(self.host, timeout=PATIENCE)) as connection:
            try:
                connection.request(method, f"/_s/{self.session}{path}", text, sent)
                answer = connection.getresponse()
                answer.read()
            except (OSError, http.client.HTTPException) as error:
                if not self.disturbed:
                    self.tally.unasked.append(f"{method} {path}: {error!r}")
                return
        self.tally.statuses[answer.status] += 1
        if answer.status >= 500 and FAULT not in answer.headers:
            self.tally.unasked.append(f"{method} {path}: {answer.status}")

    def release(self) -> dict[str, str]:
        return {"package_release_id": self.chance.choice(RELEASES)}


def look(actor: Actor) -> None:
    actor.ask("POST", f"{RELEASE_PATH}/get", actor.release())
    actor.ask("POST", f"{RELEASE_PATH}/list", {"package_id": "pkg_3"})
    actor.ask("GET", "/api/packages/get?package_id=pkg_3")
    actor.ask("GET", "/api/accounts/get", Authorization="Bearer testuser-token")


def rebuild(actor: Actor) -> None:
    actor.ask("POST", f"{RELEASE_PATH}/rebuild", actor.release())
    actor.ask("POST", f"{RELEASE_PATH}/get", actor.release())


def prefer(actor: Actor) -> None:
    wish = actor.chance.choice((f"example={actor.chance.choice(STATES)}", "code=404", "code=999"))
    actor.ask("POST", f"{RELEASE_PATH}/get", actor.release(), Prefer=wish)


def refused(actor: Actor) -> None:
    actor.ask("POST", f"{RELEASE_PATH}/get", {})
    actor.ask("POST", f"{RELEASE_PATH}/get", b'{"package_release_id": ')
    actor.ask("POST", f"{RELEASE_PATH}/rebuild", actor.release(), Authorization="Bearer nobody")
    actor.ask("POST", f"{RELEASE_PATH}/get", b"<a/>", **{"Content-Type": "text/xml"})
    actor.ask("GET", "/api/no/such/path")


def steer(actor: Actor) -> None:
    state, scenario = actor.chance.choice(STATES), actor.chance.choice(SCENARIOS)
    actor.ask("POST", "/_mock/show", {**actor.release(), "fixture": state})
    actor.ask("POST", "/_mock/play", {**actor.release(), "scenario": scenario})
    actor.ask("POST", "/_mock/next", {"scenario": scenario})
    actor.ask("POST", "/_mock/clock", {"advance": actor.chance.uniform(0, 60)})
    actor.ask("GET", "/_mock/journal?limit=20")
    actor.ask("GET", "/_mock/health")


def reset(actor: Actor) -> None:
    actor.ask("POST", "/_mock/reset")


def forget(actor: Actor) -> None:
    actor.ask("POST", f"{RELEASE_PATH}/get", actor.release())
    actor.ask("DELETE", f"/_mock/sessions/{actor.session}")


def disturb(actor: Actor) -> None:
    """Faults, in a session of nobody else; and away with them."""
    name = f"disturbed-{actor.chance.randrange(20)}"
    own = Actor(actor.host, name, actor.chance, actor.tally, disturbed=True)
    for fault in actor.chance.sample(FAULTS, 2):
        own.ask("POST", "/_mock/faults", dict(fault))
    for _ in range(4):
        own.ask("POST", f"{RELEASE_PATH}/get", own.release())
    stream(own)
    own.ask("DELETE", "/_mock/faults")
    reset(own)


def stream(actor: Actor) -> None:
    """Follows a release for a while, and is gone in the middle."""
    with _opened(actor, "GET", f"{RELEASE_PATH}/events?package_release_id=rel_pending") as opened:
        opened.sendall(b"\r\n")
        until = time.monotonic() + actor.chance.uniform(0, 2)
        with suppress(OSError):
            while (left := until - time.monotonic()) > 0:
                opened.settimeout(left)
                if not opened.recv(65_536):
                    break


def slow(actor: Actor) -> None:
    """Sends a byte at a time, and reads late."""
    body = b'{"package_release_id": "rel_successful"}'
    with _opened(actor, "POST", f"{RELEASE_PATH}/get") as opened, suppress(OSError):
        opened.sendall(b"Content-Type: application/json\r\n")
        opened.sendall(b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(body))
        for byte in body:
            opened.sendall(bytes([byte]))
            time.sleep(0.01)
        status = opened.recv(16)[9:12]
        if not status.isdigit() or status >= b"500":
            actor.tally.unasked.append(f"a slow client: {status!r}")
        time.sleep(0.1)


def broken(actor: Actor) -> None:
    """Leaves in the middle of a request, or says what is no HTTP, and resets the connection."""
    said = actor.chance.choice(
        (b"Content-Length: 99\r\n\r\n{", b"Host", b"\x00\xff: \r\n\r\n", b"")
    )
    with _opened(actor, "POST", f"{RELEASE_PATH}/get") as opened, suppress(OSError):
        opened.sendall(said)
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def _opened(actor: Actor, method: str, path: str) -> socket.socket:
    name, _, port = actor.host.partition(":")
    opened = socket.create_connection((name, int(port)), timeout=PATIENCE)
    head = f"{method} /_s/{actor.session}{path} HTTP/1.1\r\nHost: {actor.host}\r\n"
    opened.sendall(head.encode())
    return opened


Deed = Callable[[Actor], None]

# how often each, of all of them together
DEEDS: Mapping[Deed, int] = {
    look: 40,
    rebuild: 10,
    prefer: 10,
    refused: 10,
    steer: 10,
    reset: 3,
    forget: 3,
    disturb: 5,
    stream: 5,
    slow: 2,
    broken: 2,
}


def act(actor: Actor) -> None:
    """One deed, drawn by chance; whatever goes wrong stands in the tally."""
    (deed,) = actor.chance.choices(list(DEEDS), list(DEEDS.values()))
    actor.tally.deeds[deed.__name__] += 1
    try:
        deed(actor)
    except OSError as error:
        actor.tally.unasked.append(f"{deed.__name__}: {error!r}")
