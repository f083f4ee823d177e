"""The record of a run: judges every exchange, and remembers what was seen of each release."""

from __future__ import annotations

import threading
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import requests

from mock_server.contract import jsontext
from mock_server.contract.exchange import Request
from mock_server.contract.judge import Judge, entities_in
from mock_server.contract.requests import Accepted
from mock_server.contract.spec import Operation
from mock_server.contract.violations import Violation

from .expectations import Expectation, Expectations
from .roles import SUCCESS, restarts
from .target import Exchange, Target, reason
from .verdict import Finding

REMEMBERED = 8  # observations of a release
LONGEST_EXCERPT = 120  # bytes
PATIENCE = 3  # requests without an answer, one after another


@dataclass(frozen=True)
class Observation:
    """A release with its logs, as an answer showed it."""

    release: Mapping[str, Any]
    received: datetime


@dataclass
class Record:
    """All that was sent and answered, by whatever thread, and what is wrong with it.

    hidden: operations that the target does not offer, whose answers are not judged.
    """

    judge: Judge
    expectations: Expectations
    target: Target
    hidden: set[str] = field(default_factory=set)
    verified: set[str] = field(default_factory=set)
    rules_asked: set[str] = field(default_factory=set)
    exchanges: int = 0
    silences: int = 0
    told: list[tuple[int, Finding]] = field(default_factory=list)  # with the thread that found it
    _findings: dict[tuple[str, str, str], Finding] = field(default_factory=dict)
    _seen: dict[str, deque[Observation]] = field(
        default_factory=lambda: defaultdict(lambda: deque(maxlen=REMEMBERED))
    )
    _rebuilt: dict[str, datetime] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was found, each once, in the order in which it was found."""
        return tuple(self._findings.values())

    @property
    def gone(self) -> bool:
        """Whether the target has ceased to answer."""
        return self.silences >= PATIENCE

    def hear(self, exchange: Exchange) -> None:
        """Judges an exchange and remembers the releases that it shows."""
        expected = self.expectations.of(exchange.request)
        with self._lock:
            self.exchanges += 1
            self.silences = 0
            if expected.operation is None:
                found = self._outside(expected, exchange)
                return self._note_all(_name(exchange), found, exchange)
            if expected.operation.id in self.hidden:
                return None
            found = self._inside(expected, expected.operation, exchange)
            return self._note_all(expected.operation.id, found, exchange)

    def miss(self, request: Request, url: str, error: requests.RequestException) -> None:
        """Notes that a request was not answered."""
        with self._lock:
            self.silences += 1
            if self.verified:  # else the target was never there
                operation = self.expectations.of(request).operation
                name = operation.id if operation else f"{request.method} {request.path[:80]}"
                found = Violation("answer", "every request is answered", found=reason(error))
                self._keep(Finding(name, found, self.target.curl(request, url)))

    def note(self, operation: Operation, violation: Violation, exchange: Exchange) -> None:
        """Notes what a check has found beside what every exchange is asked."""
        with self._lock:
            self._note_all(operation.id, [violation], exchange)

    def found_by(self, thread: int | None, since: int = 0) -> list[Finding]:
        """What a thread has found since there were so many entries in ``told``."""
        return [finding for its, finding in self.told[since:] if its == thread]

    def _inside(
        self, expected: Expectation, operation: Operation, exchange: Exchange
    ) -> list[Violation]:
        answer = exchange.answer
        if answer.status not in expected.statuses:
            return [_status(expected, exchange)]
        shown = self._shown(operation, exchange) if expected.asked else {}
        old = {key: before.release for key in shown if (before := self._before(key, exchange))}
        found = self.judge.answer(operation, expected.asked, answer, exchange.now, old)
        if answer.status == SUCCESS and restarts(self.judge.spec, operation):
            self._forget(shown, exchange)
        if expected.asked is None or found:
            return found
        if answer.status == SUCCESS:
            self.verified.add(operation.id)
            self._count(operation, expected.asked, shown, old)
        if self.judge.shows_logs(operation, expected.asked):
            self._remember(shown, exchange)
        return found

    def _outside(self, expected: Expectation, exchange: Exchange) -> list[Violation]:
        answer = exchange.answer
        if answer.status not in expected.statuses:
            return [_status(expected, exchange)]
        if exchange.request.method == "HEAD":
            return [Violation("head", "HEAD has no body", found="a body")] if answer.body else []
        found = []
        if answer.status in self.judge.spec.outside:
            found = self.judge.outside(answer.status, answer)
        allowed = {each.strip().upper() for each in (answer.header("allow") or "").split(",")}
        missing = expected.methods - allowed
        if missing and not found:
            message = f"Allow names {', '.join(sorted(expected.methods))}"
            found = [Violation("allow", message, found=answer.header("allow") or "none")]
        return found

    def _shown(self, operation: Operation, exchange: Exchange) -> dict[str, Mapping[str, Any]]:
        """The releases in an answer by their keys, as far as they can be read."""
        response = operation.responses.get(exchange.answer.status)
        release = self.judge.spec.entities[self.judge.spec.release]
        if response is None or not response.entities:
            return {}
        try:
            body = jsontext.parse(exchange.answer.body)
            return {
                value[release.key]: value
                for name, _, value in entities_in(response, body)
                if name == release.name and isinstance(value[release.key], str)
            }
        except (ValueError, TypeError, KeyError):
            return {}  # the judge will say what is wrong with it

    def _before(self, key: str, exchange: Exchange) -> Observation | None:
        """The last observation that was complete before the request was sent."""
        earlier = (each for each in reversed(self._seen[key]) if each.received <= exchange.sent)
        return next(earlier, None)

    def _forget(self, keys: Iterable[str], exchange: Exchange) -> None:
        """A later run may have a started_at that a low precision makes equal to an earlier one."""
        for key in keys:
            self._seen[key].clear()
            self._rebuilt[key] = exchange.received

    def _remember(self, shown: Mapping[str, Mapping[str, Any]], exchange: Exchange) -> None:
        for key, release in shown.items():
            since = self._rebuilt.get(key)
            if since is None or since in (exchange.received, min(since, exchange.sent)):
                self._seen[key].append(Observation(release, exchange.received))

    def _count(
        self,
        operation: Operation,
        asked: Accepted,
        shown: Mapping[str, Any],
        old: Mapping[str, Any],
    ) -> None:
        rules = self.judge.rules
        with_logs = self.judge.shows_logs(operation, asked)
        self.rules_asked.update(rule.id for rule in rules.of_operations.get(operation.id, ()))
        response = operation.responses[SUCCESS]
        for name in {name for name, _ in response.entities}:
            for rule in rules.of_schemas.get(name, ()):
                if name == self.judge.spec.release and not shown:
                    continue
                if not rule.of_change or (old and (with_logs or not rule.reads_logs)):
                    self.rules_asked.add(rule.id)

    def _note_all(self, operation: str, found: list[Violation], exchange: Exchange) -> None:
        if found:
            curl = self.target.curl(exchange.request, exchange.url)
            for violation in found:
                self._keep(Finding(operation, violation, curl))

    def _keep(self, finding: Finding) -> None:
        self.told.append((threading.get_ident(), finding))
        kept = self._findings.get(finding.key)
        if kept is not None:
            shorter = min(kept, finding, key=lambda each: len(each.curl))
            finding = replace(shorter, count=kept.count + 1)
        self._findings[finding.key] = finding


def _name(exchange: Exchange) -> str:
    return f"{exchange.request.method} {exchange.request.path[:80]}"


def _status(expected: Expectation, exchange: Exchange) -> Violation:
    """The wrong status; that a server breaks is another thing than that it is mistaken."""
    status = exchange.answer.status
    return Violation(
        rule=f"status {status}" if status >= 500 else "status",
        message="answers status " + " or ".join(map(str, sorted(expected.statuses))),
        found=excerpt(exchange),
        cure=expected.why,
    )


def excerpt(exchange: Exchange) -> str:
    """The status and the beginning of the body of an answer."""
    text = exchange.answer.body[:LONGEST_EXCERPT].decode("utf-8", "replace")
    return " ".join(f"{exchange.answer.status} {text}".split())
