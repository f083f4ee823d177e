"""A session of a running mock, its clock and its faults, over the control API."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from ..contract.violations import nearest
from ..foundation.shipped_files import shipped
from ..http.admin_access import host_of, is_loopback
from ..state.session_names import DEFAULT, SessionNameError, validated_name
from .journal import Journal

TIMEOUT = 30.0  # seconds to wait for a response, in addition to the ``wait`` of a request


class ControlError(Exception):
    """Raised when the mock refuses a call; the message of the mock lists every issue."""


@dataclass(frozen=True)
class Session:
    """One session of a mock, with its own statuses, clock, faults and journal.

    address: scheme, host and port of the mock.
    prefix: path under which the mock serves the API, such as ``/api``.
    keys: type of resource → property that holds its key in the control API.
    name: name of the session; None for the default session.
    token: admin token, if the mock was started with ``--admin-token``.
    """

    address: str
    prefix: str
    keys: Mapping[str, str]
    name: str | None = None
    token: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        """Raise ControlError if the name is not a valid session name."""
        try:
            validated_name(DEFAULT if self.name is None else self.name, "name")
        except SessionNameError as error:
            raise ControlError(str(error)) from None

    @property
    def url(self) -> str:
        """Base URL of the API in this session, such as ``http://127.0.0.1:40123/_s/a/api``."""
        return self._base + self.prefix

    def show(self, key: str | int, fixture: str) -> Mapping[str, Any]:
        """Make the resource with a key show a fixture from now on; return the resource."""
        body = {"fixture": fixture, self._key_name("fixtures", fixture): key}
        return self._shown("show", body)

    def play(self, key: str | int, scenario: str) -> Mapping[str, Any]:
        """Make the resource with a key play a scenario from now on; return the resource."""
        body = {"scenario": scenario, self._key_name("scenarios", scenario): key}
        return self._shown("play", body)

    def next(self, scenario: str, key: str | int | None = None) -> None:
        """Set the scenario that the next restart plays: of one resource, or of any if None."""
        own = {} if key is None else {self._key_name("scenarios", scenario): key}
        self.request("POST", "next", {"scenario": scenario, **own})

    def reset(self) -> None:
        """Restart the session: clear its statuses, clock, faults and journal."""
        self.request("POST", "reset")

    @cached_property
    def clock(self) -> SessionClock:
        """The clock of the session."""
        return SessionClock(self)

    @cached_property
    def faults(self) -> Faults:
        """The faults of the session."""
        return Faults(self)

    @cached_property
    def journal(self) -> Journal:
        """The journal of the session."""
        return Journal(self)

    def request(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, wait: float = 0
    ) -> Any:
        """Send a request to the control API and return the parsed JSON of the response.

        path: path under ``/_mock/``, with its query string.
        wait: seconds that the mock may hold back the response; they are added to the timeout.

        Return None if the response has no body. Raise ControlError if the mock refuses the call.
        """
        headers = {"Content-Type": "application/json"} if body is not None else {}
        if self.token is not None:
            headers["Authorization"] = f"Bearer {self.token}"
        data = None if body is None else json.dumps(body).encode()
        address = f"{self._base}/_mock/{path}"
        request = urllib.request.Request(address, data, headers, method=method)  # noqa: S310
        try:
            with _opener(address).open(request, timeout=TIMEOUT + wait) as response:
                text = response.read()
        except urllib.error.HTTPError as error:
            raise ControlError(_error_message(error.read())) from None
        return json.loads(text) if text else None

    def session(self, name: str | None = None) -> Self:
        """Return another session of the same mock; without a name, a new one with a unique name.

        Raise ControlError if the name is not a valid session name.
        """
        return replace(self, name=name or uuid.uuid4().hex)

    def _key_name(self, listed: str, name: str) -> str:
        """Return the property for the key of the type that a fixture or scenario belongs to.

        Raise ControlError if the mock has several types, and none that has this name.
        """
        if len(self.keys) == 1:
            return next(iter(self.keys.values()))  # the mock refuses an unknown name
        types = {each["name"]: each["type"] for each in self.request("GET", listed)[listed]}
        known = {each: type_name for each, type_name in types.items() if type_name in self.keys}
        if name not in known:
            raise ControlError(f"the mock has no {listed[:-1]} {name}; {nearest(name, known)}")
        return self.keys[known[name]]

    def _shown(self, path: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        envelope = self.request("POST", path, body)
        shown: Mapping[str, Any] = next(iter(envelope.values()))
        return shown

    @property
    def _base(self) -> str:
        return self.address if self.name is None else f"{self.address}/_s/{self.name}"


def connect(
    address: str,
    token: str | None = None,
    spec: Path | None = None,
    overlays: Sequence[Path] = (),
) -> Session:
    """Return the default session of the mock at an address, such as ``http://127.0.0.1:3100``.

    token: admin token, if the mock was started with ``--admin-token``.
    spec: the OpenAPI document that the mock serves; by default the shipped one.
    overlays: the OpenAPI Overlays that the mock applies to it.

    Raise ContractError if the spec cannot be loaded.
    """
    from ..contract.document.loading import load
    from ..control.routing import control_api

    contract = load(spec or shipped("openapi.yaml"), overlays)
    keys = control_api(contract).names.keys
    return Session(address.rstrip("/"), contract.prefixes[0], keys, None, token)


@dataclass(frozen=True)
class SessionClock:
    """The clock of a session. Every method that changes it returns its new time (RFC 3339)."""

    session: Session

    @property
    def now(self) -> str:
        """The current time of the session (RFC 3339)."""
        return str(self.session.request("GET", "clock")["now"])

    def advance(self, by: float | timedelta) -> str:
        """Jump forward by a number of seconds or by a timedelta."""
        return self._change({"advance": by.total_seconds() if isinstance(by, timedelta) else by})

    def set(self, timestamp: str | datetime) -> str:
        """Jump to a timestamp: RFC 3339 text or a datetime with a time zone.

        A timestamp in the past restarts the session at that time.
        """
        text = timestamp.isoformat() if isinstance(timestamp, datetime) else timestamp
        return self._change({"set": text})

    def freeze(self, frozen: bool = True) -> str:
        """Stop the clock; with False, let it run again."""
        return self._change({"freeze": frozen})

    def rate(self, rate: float) -> str:
        """Set how many seconds of the session pass in one real second."""
        return self._change({"rate": rate})

    def _change(self, body: Mapping[str, Any]) -> str:
        return str(self.session.request("POST", "clock", body)["now"])


@dataclass(frozen=True)
class Faults:
    """The faults of a session."""

    session: Session

    def add(self, kind: str, **fields: Any) -> Mapping[str, Any]:
        """Add a fault, such as ``add("status", status=503, first=1)``.

        Return the fault as the mock stores it, with its name and defaults.
        """
        added: Mapping[str, Any] = self.session.request("POST", "faults", {"kind": kind, **fields})
        return added

    def clear(self) -> None:
        """Remove all faults of the session."""
        self.session.request("DELETE", "faults")


def _opener(address: str) -> urllib.request.OpenerDirector:
    """Return what opens an address: for this machine, without the proxy of the environment."""
    is_local = is_loopback(host_of(urlsplit(address).hostname or ""))
    proxies: dict[str, str] | None = {} if is_local else None
    return urllib.request.build_opener(urllib.request.ProxyHandler(proxies))


def _error_message(body: bytes) -> str:
    """Return the message and the issues of an error body, or its text if it is not such JSON."""
    text = body.decode("utf-8", "replace")
    try:
        error = next(iter(json.loads(text).values()))
        issues = next((value for value in error.values() if isinstance(value, list)), [])
        issue_texts = [" ".join(str(value) for value in issue.values()) for issue in issues]
    except (ValueError, AttributeError, StopIteration):
        return text
    texts = [str(value) for value in error.values() if isinstance(value, str)]
    return "; ".join([*texts, *issue_texts])
