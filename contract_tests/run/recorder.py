"""Judges every exchange of a run, and collects each defect once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain
from math import inf
from typing import Any

import requests

from mock_server.contract.document.operation import Operation
from mock_server.contract.exchange import Exchange, Request, Response
from mock_server.contract.judge import Judge, resources_in
from mock_server.contract.source import json_text
from mock_server.contract.violations import Violation

from ..findings.causes import Defect
from ..findings.findings import Finding, in_order, without_explained
from ..findings.locate import Locator
from ..findings.making import finding_of
from ..judging.any_api import AnyApiExpectations
from ..judging.expectations import NO_SERVER_ERROR, Expectation, Expectations
from ..judging.history import History, Observation
from ..judging.implied import implied_defects, lists_requirements
from ..judging.issues import issue_violations
from ..judging.leaks import Leaks
from ..judging.protocol import excerpt, outside_defects, requirement_of_rule, wrong_status
from ..process import interruption
from ..target.pace import TargetBusyError
from ..target.patience import RecoveredError
from ..target.roles import RESTART, id_properties, is_success
from ..target.target import Target, failure_reason
from .availability import Availability
from .coverage import Coverage
from .response_times import OUTSIDE, ResponseTimes, TooSlowError

NEW_VALUES = ("create", "delete")  # actions after which a key can mean another resource
MOST_ERRORS = 3  # requests in a row without a response, after which the target is gone


@dataclass
class Recorder:
    """Records and judges the exchanges of all threads of a run.

    stopped: why the run cannot go on, or "". ignored: operations whose responses are not judged,
    because the target does not offer them or `--read-only` excludes them. rejections: the last
    error that a valid request of an operation got. max_response_time: in seconds; a check ends
    early if most responses take longer. check: the test that is running.
    checks: by the id of a thread, the test that started it. occurrences: every finding with the id
    of the thread that caused it.
    """

    judge: Judge
    expectations: Expectations | AnyApiExpectations
    target: Target
    ignored: set[str] = field(default_factory=set)
    verified: set[str] = field(default_factory=set)
    rejections: dict[str, str] = field(default_factory=dict)
    exchanges: int = 0
    stopped: str = ""
    errors_in_a_row: int = 0
    crash_is_reported: bool = False
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
        self._requirements_are_implied = not lists_requirements(self.judge)
        self.availability = Availability(self.target)
        self.coverage = Coverage(self.judge)
        self._leaks = Leaks(self.target, id_properties(self.judge.spec))
        self._locator = Locator(self.judge)
        self.forget_observations()

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All findings, each once, in the order in which to fix them."""
        return in_order(without_explained(self._findings.values()))

    @property
    def target_is_gone(self) -> bool:
        """Whether the target has stopped responding."""
        return self.errors_in_a_row >= MOST_ERRORS

    def record(self, exchange: Exchange) -> None:
        """Judge an exchange, and store the resources in its response for comparison."""
        expected = self.expectations.of(exchange.request)
        with self._lock:
            self.exchanges += 1
            self.errors_in_a_row, self.crash_is_reported = 0, False
            self.availability.add(expected, exchange, lambda: dict(self._findings))
            operation = expected.operation
            for violation in self._leaks.of(exchange):
                self._add(operation, Defect(violation), (exchange,))
            name = OUTSIDE if operation is None else operation.id
            streams = operation is not None and bool(operation.success.events)
            if name not in self.ignored and not streams:
                self.response_times.add(name, exchange)
            if operation is None:
                defect = wrong_status(self.judge, expected, exchange)
                outside = outside_defects(self.judge, expected, exchange)
                if self._requirements_are_implied:
                    outside = implied_defects(None, exchange.response)
                for each in [defect] if defect else outside:
                    self._add(None, each, (exchange,))
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
            operation = self.expectations.of(request).operation
            if self._is_reported(error) or _is_long_stream(operation, error):
                return
            recovered = isinstance(error, RecoveredError)
            if not recovered:
                self.errors_in_a_row += 1
            if self.verified or recovered:  # else the target may not be running at all
                message, reason = "must respond to every request", failure_reason(error)
                fix = "the request got a response when it was sent again" if recovered else ""
                violation = Violation("answer", message, found=reason, fix=fix)
                self._add(operation, Defect(violation), (Exchange.without_response(request, url),))

    def _is_reported(self, error: requests.RequestException) -> bool:
        """Return whether another request is to blame: the target crashed before this request."""
        in_thread = threading.current_thread() is not threading.main_thread()
        return self.crash_is_reported or (in_thread and "Connection refused" in str(error))

    def report_crash(self, exchange: Exchange, message: str, reason: str) -> None:
        """Report the request after which the target stopped responding."""
        with self._lock:
            operation = self.expectations.of(exchange.request).operation
            violation = Violation("answer", message, found=reason)
            self._add(operation, Defect(violation), (replace(exchange, response=Response(0)),))
            self.crash_is_reported = True

    def set_gone(self) -> None:
        """Note that the target does not respond any longer."""
        with self._lock:
            self.errors_in_a_row = MOST_ERRORS

    def forget_observations(self) -> None:
        """Forget the earlier states of resources: a server may start again with other data."""
        with self._lock:
            timelines = [each.timeline for each in self.judge.spec.with_timelines]
            starts = (each.role_properties("started_at") for each in timelines if each)
            self._history = History(tuple(dict.fromkeys(chain.from_iterable(starts))))

    def report(
        self,
        operation: Operation,
        violation: Violation,
        *steps: Exchange,
        requirement: str = "",
        cause: str = "",
    ) -> None:
        """Add a violation that a check has found by comparing exchanges.

        steps: the exchanges that show it; the last one has the response that is wrong.
        requirement, cause: see `Defect`.
        """
        with self._lock:
            thread = threading.get_ident()
            check = self.checks.get(thread, self.check)
            self._add(operation, Defect(violation, requirement, cause), steps, check)

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
        if defect := wrong_status(self.judge, expected, exchange):
            self._add(operation, defect, (exchange,))
            return
        if self._requirements_are_implied:
            for defect in implied_defects(operation, response):
                self._add(operation, defect, (exchange,))
        is_open = self._requirements_are_implied or expected.statuses == NO_SERVER_ERROR
        if is_open and operation.documented(response.status) is None:
            return  # an error of the framework, which the document need not describe
        resources = self._timed_resources(operation, exchange) if expected.accepted else {}
        values = {key: value for key, (_, value) in resources.items()}
        before = {
            key: observation
            for key in values
            if (observation := self._history.previous(key, exchange))
        }
        old = {key: each.resource for key, each in before.items()}
        violations = self.judge.response(operation, expected.accepted, response, exchange.now, old)
        for key, (where, value) in resources.items() if not violations else ():
            violation = self._history.outdated_start(key, value, exchange)
            if violation:
                violations.append(replace(violation, pointer=where + violation.pointer))
        # The error handler of a server has one cause, even if it breaks several rules.
        for violation in violations if response.status < 400 else violations[:1]:
            steps = self._steps(violation, resources, before, exchange)
            requirement = requirement_of_rule(self.judge, operation, expected, violation)
            self._add(operation, Defect(violation, requirement), steps)
        if is_success(response.status) and operation.does == RESTART:
            self._history.record_restart(values, exchange)
        elif is_success(response.status) and operation.does in NEW_VALUES:
            self._history.forget(values)
        if not violations:
            for violation in issue_violations(self.judge, operation, exchange.request, response):
                self._add(operation, Defect(violation), (exchange,))
            self.coverage.count_status(operation, exchange)
        if expected.accepted is None or violations:
            return
        with_logs = self.judge.shows_logs(operation, expected.accepted)
        if not is_success(response.status):
            self.rejections[operation.id] = excerpt(exchange)
        else:
            self.verified.add(operation.id)
            self.coverage.count_resources(operation, expected.accepted, exchange, old, with_logs)
        if with_logs:
            self._history.record(values, exchange)

    def _timed_resources(
        self, operation: Operation, exchange: Exchange
    ) -> dict[str, tuple[str, Mapping[str, Any]]]:
        """Return the readable resources with a timeline in a response, by their types and keys;
        each with its JSON pointer."""
        documented = operation.documented(exchange.response.status)
        types = self.judge.spec.types
        if documented is None or not any(types[name].timeline for name, _ in documented.resources):
            return {}
        try:
            body = json_text.parse(exchange.response.body)
            resources = {
                f"{name}/{key}": (where, value)
                for name, where, value in resources_in(documented, body)
                if types[name].timeline and (key := types[name].key_of(value)) is not None
            }
        except (ValueError, TypeError, KeyError, AttributeError):
            return {}  # the judge reports the invalid body
        for _, value in resources.values():
            self.target.lists.share(value)
        return resources

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
        rule = self.judge.rules.by_id.get(violation.rule)
        old = before.get(key) if key and rule and rule.of_change else None
        return self._history.steps(key, old, exchange)

    def _add(
        self,
        operation: Operation | None,
        defect: Defect,
        steps: tuple[Exchange, ...],
        check: str = "",
    ) -> None:
        """Add a finding, or merge it with the finding of the same cause."""
        if interruption.reason():
            return  # the signal may be the cause: the CEL engine reports it as a broken rule
        hide = self.target.redaction
        finding = finding_of(self._locator, hide, operation, defect, steps, check)
        if finding is None:
            return
        self.occurrences.append((threading.get_ident(), replace(finding, steps=())))
        known = self._findings.get(finding.key)
        self._findings[finding.key] = known.merged(finding) if known else finding


def _is_long_stream(operation: Operation | None, error: requests.RequestException) -> bool:
    """Return whether a request got no response in time because it reads a stream, which can end
    much later."""
    streams = operation is not None and bool(operation.success.events)
    return streams and isinstance(error, requests.Timeout)
