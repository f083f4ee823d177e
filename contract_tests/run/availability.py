"""Notices that a target no longer works at all, which is an outage and not a finding."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from mock_server.contract.document.operation import Operation
from mock_server.contract.exchange import Exchange

from ..judging.expectations import Expectation
from ..target.roles import SUCCESSES
from ..target.target import Target

Findings = TypeVar("Findings")

MOST_FAILURES = 20  # 5xx responses in a row, after which the target is checked again
ATTEMPTS = 3  # to get another response to a known-good request
PAUSE = 0.5  # seconds between them
KNOWN_GOOD = 3  # known-good requests to repeat, each of another operation
UNAUTHORIZED, SERVER_ERROR = 401, 500

Repeat = Callable[[Exchange], Exchange]


@dataclass
class Failure(Generic[Findings]):
    """A series of failures. first: its first exchange. before: the findings before it."""

    first: Exchange
    before: Findings
    count: int = 1


@dataclass
class Availability(Generic[Findings]):
    """Whether the target still works, from all exchanges of a run.

    known_good: by operation, the first successful request without an effect. accepted: by token,
    the first successful request that needs the token.
    """

    target: Target
    known_good: dict[str, Exchange] = field(default_factory=dict)
    accepted: dict[str, Exchange] = field(default_factory=dict)
    errors: Failure[Findings] | None = None
    rejected: dict[str, Failure[Findings]] = field(default_factory=dict)

    def add(
        self, expected: Expectation, exchange: Exchange, findings: Callable[[], Findings]
    ) -> None:
        """Add an exchange. findings: returns the findings before it."""
        status = exchange.response.status
        if status < SERVER_ERROR:
            self.errors = None
        elif self.errors is None:
            self.errors = Failure(exchange, findings())
        else:
            self.errors.count += 1
        token = self._token(exchange)
        if token and status == UNAUTHORIZED and UNAUTHORIZED not in expected.statuses:
            if token in self.accepted and token not in self.rejected:
                self.rejected[token] = Failure(exchange, findings())
        elif expected.operation and expected.accepted is not None and status in SUCCESSES:
            self._add_success(expected.operation, exchange, token)

    def _add_success(self, operation: Operation, exchange: Exchange, token: str | None) -> None:
        request = exchange.request
        if not operation.action:
            self.known_good.setdefault(operation.id, exchange)
        of_caller = operation.lookup is not None and bool(operation.lookup.otherwise)
        if token and (operation.needs_token or (of_caller and not request.query)):
            self.rejected.pop(token, None)
            earlier = self.accepted.get(token)
            if earlier is None or (not operation.action and earlier.request.body):
                self.accepted[token] = exchange

    def _token(self, exchange: Exchange) -> str | None:
        """Return the token of the run that a request contains."""
        header = exchange.request.headers.get("authorization", "")
        tokens = (self.target.token, self.target.other_token)
        return next((token for token in tokens if token and header == f"Bearer {token}"), None)

    def loss(
        self, repeat: Repeat, sleep: Callable[[float], None] = time.sleep
    ) -> tuple[str, Findings] | None:
        """Return why the target cannot be judged any longer, and the findings before that.

        It sends known-good requests again if the target seems to be broken. repeat: sends a request
        again. Raises requests.RequestException.
        """
        errors = self.errors
        if errors is not None and errors.count >= MOST_FAILURES and self.known_good:
            samples = list(self.known_good.items())[:KNOWN_GOOD]
            statuses = _all_statuses(dict(samples), repeat, SERVER_ERROR, sleep)
            if statuses:
                return self._all_fail(errors, *statuses), errors.before
            self.errors = None
        for token, failure in list(self.rejected.items()):
            sample = {"": self.accepted[token]}
            if _all_statuses(sample, repeat, UNAUTHORIZED, sleep):
                return self._is_rejected(token, failure), failure.before
            del self.rejected[token]
        return None

    def _all_fail(self, errors: Failure[Findings], operation: str, status: int) -> str:
        first = errors.first.request
        return (
            f"{self.target.base} returns 5xx to every request since {first.method}"
            f" {first.path[:80]} at {errors.first.sent:%H:%M:%S} UTC, now also to a request of"
            f" {operation} that was successful before ({status}); repair the server, and run again"
        )

    def _is_rejected(self, token: str, failure: Failure[Findings]) -> str:
        option = "--token" if token == self.target.token else "--other-token"
        return (
            f"{option}: {self.target.base} rejects the token since {failure.first.sent:%H:%M:%S}"
            " UTC (401), also for a request that was successful before; pass a token that is valid"
            " for the whole run"
        )


def _all_statuses(
    samples: Mapping[str, Exchange], repeat: Repeat, lowest: int, sleep: Callable[[float], None]
) -> tuple[str, int] | None:
    """Return the last name and status if all repetitions still fail in the same way.

    lowest: 401 for exactly this status, 500 for all from this on.
    """
    last = ("", 0)
    for attempt in range(ATTEMPTS):
        if attempt:
            sleep(PAUSE)
        for name, sample in samples.items():
            last = name, repeat(sample).response.status
            if last[1] < lowest or (last[1] > lowest and lowest == UNAUTHORIZED):
                return None
    return last
