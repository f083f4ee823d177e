"""The record of a run: judges every exchange, and keeps each defect once."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import requests

from mock_server.contract.document.spec import Operation
from mock_server.contract.exchange import Request
from mock_server.contract.judge import Judge, entities_in
from mock_server.contract.source import json_text
from mock_server.contract.violations import Violation

from ..findings.findings import Finding, cause_of, without_indexes
from ..findings.locate import Locator
from ..judging.expectations import Expectation, Expectations
from ..judging.history import History, Observation
from ..judging.leaks import leaks
from ..target.curl import curl
from ..target.roles import SUCCESS, restarts
from ..target.target import Exchange, Target, reason
from .coverage import Coverage
from .response_times import ResponseTimes

LONGEST_EXCERPT = 120  # bytes
UNHEARD_OF = 501  # answers a method that a server knows nowhere, and so tells no other
PATIENCE = 3  # requests without an answer, one after another


@dataclass
class Recorder:
    """Records and judges the exchanges of all threads of a run.

    ignored: operations whose responses are not judged, because the target does not offer them or
    `--read-only` excludes them. check: the test that is running. checks: by the id of a thread, the
    test that started it. occurrences: every finding with the id of the thread that caused it.
    """

    judge: Judge
    expectations: Expectations
    target: Target
    ignored: set[str] = field(default_factory=set)
    verified: set[str] = field(default_factory=set)
    exchanges: int = 0
    errors_in_a_row: int = 0
    check: str = ""
    checks: dict[int | None, str] = field(default_factory=dict)
    occurrences: list[tuple[int, Finding]] = field(default_factory=list)
    response_times: ResponseTimes = field(default_factory=ResponseTimes)
    coverage: Coverage = field(init=False)
    _locator: Locator = field(init=False)
    _memory: History = field(init=False)
    _findings: dict[tuple[str, str], Finding] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def __post_init__(self) -> None:
        self.coverage = Coverage(self.judge)
        self._locator = Locator(self.judge)
        self._memory = History(self.judge.spec.build.role_properties("started_at"))

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was found, each once, in the order in which it was found."""
        return tuple(self._findings.values())

    @property
    def target_is_gone(self) -> bool:
        """Whether the target has ceased to answer."""
        return self.errors_in_a_row >= PATIENCE

    def record(self, exchange: Exchange) -> None:
        """Judges an exchange and remembers the releases that it shows."""
        expected = self.expectations.of(exchange.request)
        with self._lock:
            self.exchanges += 1
            self.errors_in_a_row = 0
            operation = expected.operation
            for violation in leaks(exchange, self.target):
                self._keep(operation, violation, (exchange,))
            if operation is None:
                for violation in self._outside(expected, exchange):
                    self._keep(None, violation, (exchange,))
            elif operation.id not in self.ignored:
                self.response_times.took(operation.id, exchange)
                self._inside(expected, operation, exchange)

    def record_error(self, request: Request, url: str, error: requests.RequestException) -> None:
        """Notes that a request was not answered."""
        with self._lock:
            self.errors_in_a_row += 1
            if self.verified:  # else the target was never there
                found = Violation("answer", "every request is answered", found=reason(error))
                operation = self.expectations.of(request).operation
                self._keep(operation, found, (Exchange.without_response(request, url),))

    def report(self, operation: Operation, violation: Violation, exchange: Exchange) -> None:
        """Notes what a check has found beside what every exchange is asked."""
        with self._lock:
            thread = threading.get_ident()
            check = self.checks.get(thread, self.check)
            self._keep(operation, violation, (exchange,), check)

    def findings_of(self, thread: int | None, since: int = 0) -> list[Finding]:
        """What a thread has found since there were so many entries in ``occurrences``."""
        return [finding for its, finding in self.occurrences[since:] if its == thread]

    def _inside(self, expected: Expectation, operation: Operation, exchange: Exchange) -> None:
        answer = exchange.response
        if answer.status not in expected.statuses:
            self._keep(operation, _status(expected, exchange), (exchange,))
            return
        resources = self._shown(operation, exchange) if expected.accepted else {}
        shown = {key: value for key, (_, value) in resources.items()}
        before = {key: seen for key in shown if (seen := self._memory.previous(key, exchange))}
        old = {key: seen.release for key, seen in before.items()}
        found = self.judge.response(operation, expected.accepted, answer, exchange.now, old)
        for key, (where, value) in resources.items() if not found else ():
            over = self._memory.outdated_build(key, value, exchange)
            found += [replace(over, pointer=where + over.pointer)] if over else []
        for violation in found:
            self._keep(operation, violation, self._steps(violation, resources, before, exchange))
        if answer.status == SUCCESS and restarts(self.judge.spec, operation):
            self._memory.record_rebuild(shown, exchange)
        if not found:
            self.coverage.count_status(operation, exchange)
        if expected.accepted is None or found:
            return
        with_logs = self.judge.shows_logs(operation, expected.accepted)
        if answer.status == SUCCESS:
            self.verified.add(operation.id)
            self.coverage.count_resources(operation, expected.accepted, exchange, old, with_logs)
        if with_logs:
            self._memory.record(shown, exchange)

    def _outside(self, expected: Expectation, exchange: Exchange) -> list[Violation]:
        answer = exchange.response
        if answer.status not in expected.statuses:
            return [_status(expected, exchange)]
        if exchange.request.method == "HEAD":
            return [Violation("head", "HEAD has no body", found="a body")] if answer.body else []
        found = []
        if answer.status in self.judge.spec.outside:
            found = self.judge.outside(answer.status, answer)
        allowed = {each.strip().upper() for each in (answer.header("allow") or "").split(",")}
        missing = expected.methods - allowed
        if missing and not found and answer.status != UNHEARD_OF:
            message = f"Allow names {', '.join(sorted(expected.methods))}"
            found = [Violation("allow", message, found=answer.header("allow") or "none")]
        return found

    def _shown(
        self, operation: Operation, exchange: Exchange
    ) -> dict[str, tuple[str, Mapping[str, Any]]]:
        """The releases in an answer by their keys, as far as they can be read, each with its
        JSON pointer."""
        response = operation.responses.get(exchange.response.status)
        release = self.judge.spec.entities[self.judge.spec.release]
        if response is None or not response.entities:
            return {}
        try:
            body = json_text.parse(exchange.response.body)
            return {
                value[release.key]: (where, value)
                for name, where, value in entities_in(response, body)
                if name == release.name and isinstance(value[release.key], str)
            }
        except (ValueError, TypeError, KeyError):
            return {}  # the judge will say what is wrong with it

    def _steps(
        self,
        violation: Violation,
        resources: Mapping[str, tuple[str, Any]],
        before: Mapping[str, Observation],
        exchange: Exchange,
    ) -> tuple[Exchange, ...]:
        place = violation.pointer + "/"
        key = next(
            (k for k, (where, _) in resources.items() if place.startswith(where + "/")), None
        )
        rule = next((r for r in self.judge.rules.all() if r.id == violation.rule), None)
        old = before.get(key) if key and rule and rule.of_change else None
        return self._memory.steps(key, old, exchange)

    def _keep(
        self,
        operation: Operation | None,
        violation: Violation,
        steps: tuple[Exchange, ...],
        check: str = "",
    ) -> None:
        last, hide = steps[-1], self.target.redaction
        subject = self._locator.subject(operation, last.response.status, violation)
        name = operation.id if operation else f"{last.request.method} {last.request.path[:80]}"
        seen = replace(violation, found=hide(violation.found), fix=hide(violation.fix))
        resource = cause_of(
            subject.about, operation.id if operation else None, last.response.status, seen
        )
        finding = Finding(
            operations={name: 1},
            violation=seen,
            about=resource,
            contract_pointer=subject.contract_pointer,
            location=self._locator.location(subject.contract_pointer),
            curl=tuple(curl(each.request, each.url, hide) for each in steps),
            steps=steps,
            check=check,
            response_pointers=(without_indexes(violation.pointer),) if violation.pointer else (),
            first_seen=last.received,
        )
        self.occurrences.append((threading.get_ident(), replace(finding, steps=())))
        kept = self._findings.get(finding.key)
        self._findings[finding.key] = kept.merged(finding) if kept else finding


def _status(expected: Expectation, exchange: Exchange) -> Violation:
    """The wrong status; that a server breaks is another thing than that it is mistaken."""
    status = exchange.response.status
    return Violation(
        rule=f"status {status}" if status >= 500 else "status",
        message="answers status " + " or ".join(map(str, sorted(expected.statuses))),
        found=excerpt(exchange),
        fix=expected.reason,
    )


def excerpt(exchange: Exchange) -> str:
    """The status and the beginning of the body of an answer."""
    text = exchange.response.body[:LONGEST_EXCERPT].decode("utf-8", "replace")
    return " ".join(f"{exchange.response.status} {text}".split())
