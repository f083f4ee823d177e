"""Steers a mock from Python, over its admin API: the one in this process or one anywhere else.

session = connect("http://127.0.0.1:3100").session("checkout")
session.show("rel_successful", "failed-transpilation")
session.clock.advance(3)
"""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, Self

from .foundation.shipped_files import shipped
from .state.sessions import DEFAULT, SessionNameError, checked

PATIENCE = 30.0  # seconds for an answer, beyond what is waited for
MOST_SHOWN = 8  # exchanges that a failed assertion shows


class ControlError(Exception):
    """The mock refused; the message is the mock's own, with all that is wrong."""


@dataclass(frozen=True)
class Session:
    """One session of a mock: its plays, clock, faults and journal are its own.

    address: scheme, host and port; prefix: the path below which the API is; key: the property by
    which it knows a release; name: None is the default session; token: the admin token, when the
    mock asks for one.
    """

    address: str
    prefix: str
    key: str
    name: str | None = None
    token: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        """Raises SteeringError for a name that no session can have."""
        try:
            checked(DEFAULT if self.name is None else self.name, "name")
        except SessionNameError as error:
            raise ControlError(str(error)) from None

    @property
    def url(self) -> str:
        """Where the API is in this session, such as ``http://127.0.0.1:40123/_s/a/api``."""
        return self._base + self.prefix

    def show(self, release: str, fixture: str) -> Mapping[str, Any]:
        """The release shows this fixture's status from now on; the release."""
        return self._released("show", {"fixture": fixture}, release)

    def play(self, release: str, scenario: str) -> Mapping[str, Any]:
        """The release plays this scenario from now on; the release."""
        return self._released("play", {"scenario": scenario}, release)

    def next(self, scenario: str, release: str | None = None) -> None:
        """The coming rebuild, of this release or of any, plays this scenario."""
        more = {} if release is None else {self.key: release}
        self.ask("POST", "next", {"scenario": scenario, **more})

    def reset(self) -> None:
        """The session begins anew."""
        self.ask("POST", "reset")

    @cached_property
    def clock(self) -> Clock:
        """The session's clock."""
        return Clock(self)

    @cached_property
    def faults(self) -> Faults:
        """The session's faults."""
        return Faults(self)

    @cached_property
    def journal(self) -> Journal:
        """The session's journal."""
        return Journal(self)

    def ask(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, wait: float = 0
    ) -> Any:
        """Asks the admin API below ``/_mock/``; the answer's JSON, or None.

        Raises SteeringError when the mock refuses.
        """
        headers = {"Content-Type": "application/json"} if body is not None else {}
        if self.token is not None:
            headers["Authorization"] = f"Bearer {self.token}"
        data = None if body is None else json.dumps(body).encode()
        address = f"{self._base}/_mock/{path}"
        request = urllib.request.Request(address, data, headers, method=method)  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE + wait) as answer:  # noqa: S310
                text = answer.read()
        except urllib.error.HTTPError as error:
            raise ControlError(_told(error.read())) from None
        return json.loads(text) if text else None

    def session(self, name: str | None = None) -> Self:
        """Another session of the same mock; one that nobody has yet when it is not named.

        Raises SteeringError for a name that no session can have.
        """
        return replace(self, name=name or uuid.uuid4().hex)

    def _released(self, path: str, body: Mapping[str, Any], release: str) -> Mapping[str, Any]:
        answer = self.ask("POST", path, {**body, self.key: release})
        shown: Mapping[str, Any] = next(iter(answer.values()))
        return shown

    @property
    def _base(self) -> str:
        return self.address if self.name is None else f"{self.address}/_s/{self.name}"


def connect(address: str, token: str | None = None, spec: Path | None = None) -> Session:
    """The default session of a mock anywhere. ``spec`` is the contract it serves, else the one
    shipped. Raises ContractError for a spec that cannot be read."""
    from .contract.document.loading import load

    contract = load(spec or shipped("openapi.yaml"))
    key = contract.entities[contract.release].key
    return Session(address.rstrip("/"), contract.prefixes[0], key, None, token)


@dataclass(frozen=True)
class Clock:
    """A session's clock."""

    session: Session

    @property
    def now(self) -> str:
        """The session's now (RFC 3339)."""
        return str(self.session.ask("GET", "clock")["now"])

    def advance(self, by: float | timedelta) -> str:
        """Jumps forward by seconds, or by a timedelta; the new now."""
        return self._change({"advance": by.total_seconds() if isinstance(by, timedelta) else by})

    def set(self, instant: str | datetime) -> str:
        """Jumps to an instant, RFC 3339 or a datetime with a zone; one in the past begins the
        session anew there."""
        text = instant.isoformat() if isinstance(instant, datetime) else instant
        return self._change({"set": text})

    def freeze(self, frozen: bool = True) -> str:
        """Stops the clock, or lets it run on."""
        return self._change({"freeze": frozen})

    def rate(self, rate: float) -> str:
        """How many session seconds pass in a second."""
        return self._change({"rate": rate})

    def _change(self, body: Mapping[str, Any]) -> str:
        return str(self.session.ask("POST", "clock", body)["now"])


@dataclass(frozen=True)
class Faults:
    """A session's faults."""

    session: Session

    def add(self, kind: str, **fields: Any) -> Mapping[str, Any]:
        """Adds a fault, such as ``add("status", status=503, first=1)``; the fault as it is kept."""
        added: Mapping[str, Any] = self.session.ask("POST", "faults", {"kind": kind, **fields})
        return added

    def clear(self) -> None:
        """Removes all faults."""
        self.session.ask("DELETE", "faults")


@dataclass(frozen=True)
class Journal:
    """A session's journal, and assertions about it that show the nearest exchanges."""

    session: Session

    def exchanges(self, operation: str | None = None, wait: float = 0) -> list[Mapping[str, Any]]:
        """The exchanges, oldest first; with ``wait``, at most so many seconds until one comes."""
        query = {"wait": f"{wait:g}"} if wait else {}
        if operation is not None:
            query["operation"] = operation
        path = f"journal?{urllib.parse.urlencode(query)}"
        found: list[Mapping[str, Any]] = self.session.ask("GET", path, wait=wait)["exchanges"]
        return found

    def clear(self) -> None:
        """Empties the journal."""
        self.session.ask("DELETE", "journal")

    def assert_asked(
        self,
        operation: str,
        body: Mapping[str, Any] | None = None,
        times: int | None = None,
        status: int | None = None,
        wait: float = 0,
    ) -> list[Mapping[str, Any]]:
        """The exchanges of an operation, asserted to be there.

        body: what their bodies hold at least; times: exactly how many there are, else one at least;
        status: of their answers; wait: seconds to wait for the first.
        """
        __tracebackhide__ = True
        all_of_it = self.exchanges(operation, wait)
        matching = [e for e in all_of_it if _matches(e, body, status)]
        if len(matching) != times if times is not None else not matching:
            wanted = "at least once" if times is None else f"{times} times"
            asked = _line(operation, body, status)
            raise AssertionError(
                f"{asked}: expected {wanted}, found {len(matching)}{_nearest(self.exchanges())}"
            )
        return matching

    def assert_not_asked(self, operation: str, body: Mapping[str, Any] | None = None) -> None:
        """Asserts that an operation was not asked for, or not with such a body."""
        __tracebackhide__ = True
        self.assert_asked(operation, body, times=0)


def _matches(
    exchange: Mapping[str, Any], body: Mapping[str, Any] | None, status: int | None
) -> bool:
    sent = _json(exchange)
    held = body is None or all(key in sent and sent[key] == value for key, value in body.items())
    return held and (status is None or exchange["answer"]["status"] == status)


def _json(exchange: Mapping[str, Any]) -> Mapping[str, Any]:
    try:
        value = json.loads(exchange.get("body") or "null")
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _line(operation: str | None, body: object, status: object) -> str:
    told = [operation or "no operation", "" if body is None else json.dumps(body)]
    return " ".join(part for part in told if part) + (f" → {status}" if status else "")


def _nearest(exchanges: list[Mapping[str, Any]]) -> str:
    """The last exchanges, one a line, for whoever reads why an assertion failed."""
    if not exchanges:
        return "; the journal is empty"
    lines = [
        f"  {e['method']} {e['path']} {_line(e.get('operation'), _json(e), e['answer']['status'])}"
        for e in exchanges[-MOST_SHOWN:]
    ]
    return "; the journal has\n" + "\n".join(lines)


def _told(body: bytes) -> str:
    """The message of an error in the API's envelope, with its issues."""
    text = body.decode("utf-8", "replace")
    try:
        inner = next(iter(json.loads(text).values()))
        issues = next((value for value in inner.values() if isinstance(value, list)), [])
        told = [" ".join(str(part) for part in issue.values()) for issue in issues]
    except (ValueError, AttributeError, StopIteration):
        return text
    words = [str(value) for value in inner.values() if isinstance(value, str)]
    return "; ".join([*words, *told])
