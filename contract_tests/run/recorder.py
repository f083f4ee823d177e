"""Judges every exchange of a run, and collects each defect once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from math import inf
from typing import Any

import requests
from werkzeug.http import parse_set_header

from mock_server.contract.document.requirements import ERROR
from mock_server.contract.document.spec import Operation
from mock_server.contract.exchange import Request
from mock_server.contract.judge import Judge, entities_in
from mock_server.contract.source import json_text
from mock_server.contract.violations import Violation

from ..findings.causes import cause_of, consequence, status_cause
from ..findings.findings import Finding, in_order, without_explained, without_indexes
from ..findings.locate import Locator
from ..judging.expectations import Expectation, Expectations, complete_ways
from ..judging.history import History, Observation
from ..judging.issues import issue_violations
from ..judging.leaks import Leaks
from ..process import interruption
from ..target.curl import curl
from ..target.pace import TargetBusyError
from ..target.patience import RecoveredError
from ..target.roles import SUCCESS, id_properties, restarts
from ..target.target import Exchange, Target, failure_reason
from .availability import Availability
from .coverage import Coverage
from .response_times import OUTSIDE, ResponseTimes, TooSlowError

LONGEST_EXCERPT = 120  # bytes
# The status for a method that the server supports at no path: then it need not send `Allow`.
NOT_IMPLEMENTED = 501
# Rules of checks that are requirements
REQUIREMENT_RULES = ("head", "allow", "first-lookup")
MOST_ERRORS = 3  # requests in a row without a response, after which the target is gone


@dataclass
class Recorder:
    """Records and judges the exchanges of all threads of a run.

    stopped: why the run cannot go on, or "". ignored: operations whose responses are not judged,
    because the target does not offer them or `--read-only` excludes them. max_response_time: in
    seconds; a check ends early if most responses take longer. check: the test that is running.
    checks: by the id of a thread, the test that started it. occurrences: every finding with the id
    of the thread that caused it.
    """

    judge: Judge
    expectations: Expectations
    target: Target
    ignored: set[str] = field(default_factory=set)
    verified: set[str] = field(default_factory=set)
    exchanges: int = 0
    stopped: str = ""
    errors_in_a_row: int = 0
    max_response_time: float = inf
    check: str = ""
    checks: dict[int | None, str] = field(default_factory=dict)
    occurrences: list[tuple[int, Finding]] = field(default_factory=list)
    response_times: ResponseTimes = field(default_factory=ResponseTimes)
    availability: Availability[dict[tuple[str, str], Finding]] = field(init=False)
    coverage: Coverage = field(init=False)
    _leaks: Leaks = field(init=False)
    _locator: Locator = field(init=False)
    _history: History = field(init=False)
    _findings: dict[tuple[str, str], Finding] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def __post_init__(self) -> None:
        self.availability = Availability(self.target)
        self.coverage = Coverage(self.judge)
        self._leaks = Leaks(self.target, id_properties(self.judge.spec))
        self._locator = Locator(self.judge)
        self._history = History(self.judge.spec.build.role_properties("started_at"))

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All findings, each once, in the order in which to fix them."""
        return in_order(without_explained(self._findings.values()))

    @property
    def target_is_gone(self) -> bool:
        """Whether the target has stopped responding."""
        return self.errors_in_a_row >= MOST_ERRORS

    def record(self, exchange: Exchange) -> None:
        """Judge an exchange, and store the releases in its response for comparison."""
        expected = self.expectations.of(exchange.request)
        with self._lock:
            self.exchanges += 1
            self.errors_in_a_row = 0
            self.availability.add(expected, exchange, lambda: dict(self._findings))
            operation = expected.operation
            for violation in self._leaks.of(exchange):
                self._add(operation, violation, (exchange,))
            name = OUTSIDE if operation is None else operation.id
            if name not in self.ignored:
                self.response_times.add(name, exchange)
            if operation is None:
                for violation, requirement in self._judge_other_response(expected, exchange):
                    self._add(None, violation, (exchange,), requirement=requirement)
            elif operation.id not in self.ignored:
                self._judge_response(expected, operation, exchange)
        self._stop_a_slow_check(name)

    def _stop_a_slow_check(self, name: str) -> None:
        """Raise TooSlowError in the thread of a check if most responses like this one are slow."""
        in_check = self.check and threading.get_ident() not in self.checks
        if in_check and self.response_times.is_mostly_slow(name, self.max_response_time):
            raise TooSlowError(f"{name or 'the target'} responds too slowly")

    def record_error(self, request: Request, url: str, error: requests.RequestException) -> None:
        """Record a request that got no response."""
        with self._lock:
            if isinstance(error, TargetBusyError):
                self.stopped = f"{self.target.base}: {error}"
                return
            recovered = isinstance(error, RecoveredError)
            if not recovered:
                self.errors_in_a_row += 1
            if self.verified or recovered:  # else the target may not be running at all
                message, reason = "must respond to every request", failure_reason(error)
                fix = "the request got a response when it was sent again" if recovered else ""
                violation = Violation("answer", message, found=reason, fix=fix)
                operation = self.expectations.of(request).operation
                self._add(operation, violation, (Exchange.without_response(request, url),))

    def report(self, operation: Operation, violation: Violation, *steps: Exchange) -> None:
        """Add a violation that a check has found by comparing exchanges.

        steps: the exchanges that show it; the last one has the response that is wrong.
        """
        with self._lock:
            thread = threading.get_ident()
            check = self.checks.get(thread, self.check)
            self._add(operation, violation, steps, check)

    def check_availability(self, repeat: Callable[[Exchange], Exchange]) -> None:
        """Stop the run if the target is broken or rejects a token, with the findings before.

        repeat: sends a request again, without recording it. Raises requests.RequestException.
        """
        loss = self.availability.loss(repeat)
        if loss is not None:
            with self._lock:
                self.stopped, self._findings = loss

    def findings_of(self, thread: int | None, since: int = 0) -> list[Finding]:
        """Return the findings of a thread, from index ``since`` of ``occurrences`` on."""
        return [finding for id_, finding in self.occurrences[since:] if id_ == thread]

    def _judge_response(
        self, expected: Expectation, operation: Operation, exchange: Exchange
    ) -> None:
        """Judge the response of an operation."""
        response = exchange.response
        if response.status not in expected.statuses:
            self._add_wrong_status(expected, exchange)
            return
        resources = self._releases(operation, exchange) if expected.accepted else {}
        releases = {key: release for key, (_, release) in resources.items()}
        before = {
            key: observation
            for key in releases
            if (observation := self._history.previous(key, exchange))
        }
        old = {key: observation.release for key, observation in before.items()}
        violations = self.judge.response(operation, expected.accepted, response, exchange.now, old)
        for key, (where, release) in resources.items() if not violations else ():
            violation = self._history.outdated_build(key, release, exchange)
            if violation:
                violations.append(replace(violation, pointer=where + violation.pointer))
        # The error handler of a server has one cause, even if it breaks several rules.
        for violation in violations if response.status < 400 else violations[:1]:
            steps = self._steps(violation, resources, before, exchange)
            requirement = self._requirement(operation, expected, violation)
            self._add(operation, violation, steps, requirement=requirement)
        if response.status == SUCCESS and restarts(self.judge.spec, operation):
            self._history.record_rebuild(releases, exchange)
        if not violations:
            spec = self.judge.spec
            for violation in issue_violations(spec, operation, exchange.request, response):
                self._add(operation, violation, (exchange,))
            self.coverage.count_status(operation, exchange)
        if expected.accepted is None or violations:
            return
        with_logs = self.judge.shows_logs(operation, expected.accepted)
        if response.status == SUCCESS:
            self.verified.add(operation.id)
            self.coverage.count_resources(operation, expected.accepted, exchange, old, with_logs)
        if with_logs:
            self._history.record(releases, exchange)

    def _requirement(
        self, operation: Operation, expected: Expectation, violation: Violation
    ) -> str:
        """Return the id of the requirement that a response breaks; "" if it breaks another rule.

        A rule of an operation decides which of several lookups in a request is used.
        """
        rules = self.judge.rules.of_operations.get(operation.id, ())
        if not (expected.accepted and operation.lookup) or all(
            rule.id != violation.rule for rule in rules
        ):
            return ""
        several = len(complete_ways(operation.lookup, expected.accepted)) > 1
        return "first-lookup" if several else ""

    def _judge_other_response(
        self, expected: Expectation, exchange: Exchange
    ) -> Iterator[tuple[Violation, str]]:
        """Yield the violations of a response to a request that reaches no operation, each with the
        id of its requirement."""
        response = exchange.response
        if response.status not in expected.statuses:
            self._add_wrong_status(expected, exchange)
        elif exchange.request.method == "HEAD":
            if response.body:
                yield Violation("head", "must send no body for HEAD", found="a body"), "head"
        else:
            violations = []
            if response.status in self.judge.spec.outside:
                violations = self.judge.outside(response.status, response)
            for violation in violations[:1]:
                yield violation, "allow" if violation.rule == "header" else "outside-errors"
            allowed = {method.upper() for method in parse_set_header(response.header("allow"))}
            missing = expected.methods - allowed
            if missing and not violations and response.status != NOT_IMPLEMENTED:
                message = f"must list {', '.join(sorted(expected.methods))} in Allow"
                found = response.header("allow") or "none"
                yield Violation("allow", message, found=found), "allow"

    def _add_wrong_status(self, expected: Expectation, exchange: Exchange) -> None:
        """Add a finding about a wrong status. An error of the server has its own rule."""
        status, operation = exchange.response.status, expected.operation
        violation = Violation(
            rule=f"status {status}" if status >= 500 else "status",
            message="status must be " + " or ".join(map(str, sorted(expected.statuses))),
            found=excerpt(exchange),
            fix=expected.reason,
        )
        documented = operation.responses if operation else self.judge.spec.outside
        if status >= 500:  # with any expectation: an operation has few reasons to fail
            self._add(operation, violation, (exchange,), cause=operation.id if operation else "")
            return
        cause = status_cause(
            expected.requirement,
            expected.cause or expected.reason,
            expected.statuses,
            status,
            status in documented,
        )
        self._add(operation, violation, (exchange,), "", expected.requirement, cause)

    def _releases(
        self, operation: Operation, exchange: Exchange
    ) -> dict[str, tuple[str, Mapping[str, Any]]]:
        """Return the readable releases in a response by their keys, each with its JSON pointer."""
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
            return {}  # the judge reports the invalid body

    def _steps(
        self,
        violation: Violation,
        resources: Mapping[str, tuple[str, Any]],
        before: Mapping[str, Observation],
        exchange: Exchange,
    ) -> tuple[Exchange, ...]:
        """Return the exchanges that show a violation, the last one last."""
        pointer = violation.pointer + "/"
        key = next(
            (key for key, (where, _) in resources.items() if pointer.startswith(where + "/")), None
        )
        rule = next((rule for rule in self.judge.rules.all() if rule.id == violation.rule), None)
        old = before.get(key) if key and rule and rule.of_change else None
        return self._history.steps(key, old, exchange)

    def _add(
        self,
        operation: Operation | None,
        violation: Violation,
        steps: tuple[Exchange, ...],
        check: str = "",
        requirement: str = "",
        cause: str = "",
    ) -> None:
        """Add a finding, or merge it with the finding of the same cause.

        requirement: the id of the broken one; nothing is added if the document does not list it.
        """
        if interruption.reason():
            return  # the signal may be the cause: the CEL engine reports it as a broken rule
        requirement = requirement or (violation.rule if violation.rule in REQUIREMENT_RULES else "")
        listed = self.judge.spec.requirements.get(requirement)
        if requirement and listed is None:
            return
        last, hide = steps[-1], self.target.redaction
        status = last.response.status
        subject = self._locator.subject(operation, status, violation)
        pointer = listed.pointer if listed else subject.contract_pointer
        name = operation.id if operation else f"{last.request.method} {last.request.path[:80]}"
        redacted = replace(violation, found=hide(violation.found), fix=hide(violation.fix))
        rule = next((each for each in self.judge.rules.all() if each.id == violation.rule), None)
        is_state_rule = bool(check) or (rule is not None and rule.of_change)
        finding = Finding(
            operations={name: 1},
            violation=redacted,
            about=cause or requirement or cause_of(subject.about, status, redacted),
            contract_pointer=pointer,
            location=self._locator.location(pointer),
            curl=tuple(curl(step.request, step.url, hide) for step in steps),
            steps=steps,
            check=check,
            response_pointers=(without_indexes(violation.pointer),) if violation.pointer else (),
            first_seen=last.received,
            requirement=requirement,
            level=listed.level if listed else ERROR,
            consequence=consequence(violation.rule, requirement, is_state_rule),
        )
        self.occurrences.append((threading.get_ident(), replace(finding, steps=())))
        known = self._findings.get(finding.key)
        self._findings[finding.key] = known.merged(finding) if known else finding


def excerpt(exchange: Exchange) -> str:
    """Return the status and the start of the body of a response."""
    body = exchange.response.body
    text = body[:LONGEST_EXCERPT].decode("utf-8", "replace")
    cut = "…" if len(body) > LONGEST_EXCERPT else ""
    return " ".join(f"{exchange.response.status} {text}{cut}".split())
