"""The journal of a session, with assertions on the requests that a page has sent."""

from __future__ import annotations

import json
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

MAX_SHOWN = 8  # exchanges in the message of a failed assertion


class ControlApiClient(Protocol):
    """What the journal needs of a session. It keeps this module free of an import cycle."""

    def request(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, wait: float = 0
    ) -> Any:
        """Send a request to the control API and return the parsed JSON of the response."""


@dataclass(frozen=True)
class Journal:
    """The journal of a session. A failed assertion shows the last exchanges."""

    session: ControlApiClient

    def exchanges(self, operation: str | None = None, wait: float = 0) -> list[Mapping[str, Any]]:
        """Return the exchanges, oldest first.

        operation: operationId; None for all operations.
        wait: seconds to wait for an exchange if there is none yet.
        """
        query = {"wait": f"{wait:g}"} if wait else {}
        if operation is not None:
            query["operation"] = operation
        exchanges: list[Mapping[str, Any]] = []
        more = True
        while more:
            path = f"journal?{urllib.parse.urlencode(query)}"
            page = self.session.request("GET", path, wait=wait)
            exchanges, more = [*exchanges, *page["exchanges"]], page["more"]
            if more:
                query["after"] = str(exchanges[-1]["number"])
        return exchanges

    def clear(self) -> None:
        """Empty the journal."""
        self.session.request("DELETE", "journal")

    def assert_requested(
        self,
        operation: str,
        body: Mapping[str, Any] | None = None,
        times: int | None = None,
        status: int | None = None,
        wait: float = 0,
    ) -> list[Mapping[str, Any]]:
        """Assert that an operation was requested; return the matching exchanges.

        operation: operationId.
        body: properties that the request body must contain; it may contain more.
        times: exact number of matching exchanges; by default at least one.
        status: HTTP status of the response.
        wait: seconds to wait for the first exchange of the operation.
        """
        __tracebackhide__ = True
        exchanges = self.exchanges(operation, wait)
        matching = [exchange for exchange in exchanges if _matches(exchange, body, status)]
        if len(matching) != times if times is not None else not matching:
            expected = "at least once" if times is None else f"{times} times"
            raise AssertionError(
                f"{_line(operation, body, status)}: expected {expected}, found {len(matching)}"
                f"{_last_exchanges(self.exchanges())}"
            )
        return matching

    def assert_not_requested(self, operation: str, body: Mapping[str, Any] | None = None) -> None:
        """Assert that an operation was not requested, or not with this body."""
        __tracebackhide__ = True
        self.assert_requested(operation, body, times=0)


def _matches(
    exchange: Mapping[str, Any], body: Mapping[str, Any] | None, status: int | None
) -> bool:
    sent = _body(exchange)
    same = body is None or all(key in sent and sent[key] == value for key, value in body.items())
    return same and (status is None or exchange["response"]["status"] == status)


def _body(exchange: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the JSON object that was sent; empty if the body is anything else."""
    try:
        value = json.loads(exchange.get("body") or "null")
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _line(operation: str | None, body: object, status: object) -> str:
    parts = [operation or "no operation", "" if body is None else json.dumps(body)]
    return " ".join(part for part in parts if part) + (f" → {status}" if status else "")


def _last_exchanges(exchanges: list[Mapping[str, Any]]) -> str:
    """Return the last exchanges, one per line, for the message of a failed assertion."""
    if not exchanges:
        return "; the journal is empty"
    lines = [
        f"  {exchange['method']} {exchange['path']} "
        + _line(exchange.get("operation"), _body(exchange), exchange["response"]["status"])
        for exchange in exchanges[-MAX_SHOWN:]
    ]
    return "; the journal has\n" + "\n".join(lines)
