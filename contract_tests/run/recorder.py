"""Judges every exchange of a run, and collects each defect once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from math import inf
from typing import Any

import requests

from mock_server.contract.document.operation import Operation
from mock_server.contract.exchange import Request, Response
from mock_server.contract.judge import Judge, resources_in
from mock_server.contract.source import json_text
from mock_server.contract.violations import Violation

from ..findings.causes import Defect
from ..findings.findings import Finding, in_order, without_explained
from ..findings.locate import Locator
from ..findings.making import finding_of
from ..judging.any_api import AnyApiExpectations
from ..judging.expectations import Expectation, Expectations
from ..judging.history import History, Observation
from ..judging.implied import implied_defects, lists_requirements
from ..judging.issues import issue_violations
from ..judging.leaks import Leaks
from ..judging.protocol import excerpt, outside_defects, requirement_of_rule, wrong_status
from ..process import interruption
from ..target.pace import TargetBusyError
from ..target.patience import RecoveredError
from ..target.roles import id_properties, is_success, restarts, timed_name, timeline_of
from ..target.target import Exchange, Target, failure_reason
from .availability import Availability
from .coverage import Coverage
from .response_times import OUTSIDE, ResponseTimes, TooSlowError

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
        """Judge an exchange, and store the releases in its response for comparison."""
        expected = self.expectations.of(exchange.request)
        with self._lock:
            self.exchanges += 1
            self.errors_in_a_row, self.crash_is_reported = 0, False
            self.availability.add(expected, exchange, lambda: dict(self._findings))
            operation = expected.operation
            for violation in self._leaks.of(exchange):
                self._add(operation, Defect(violation), (exchange,))
            name = OUTSIDE if operation is None else operation.id
            if name not in self.ignored:
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
            if self._is_reported(error):
                return
            recovered = isinstance(error, RecoveredError)
            if not recovered:
                self.errors_in_a_row += 1
            if self.verified or recovered:  # else the target may not be running at all
                message, reason = "must respond to every request", failure_reason(error)
                fix = "the request got a response when it was sent again" if recovered else ""
                violation = Violation("answer", message, found=reason, fix=fix)
                operation = self.expectations.of(request).operation
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
        """Forget the earlier states of releases: a server may start again with other data."""
        with self._lock:
            self._history = History(timeline_of(self.judge.spec).role_properties("started_at"))

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
            if operation.documented(response.status) is None:
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
            requirement = requirement_of_rule(self.judge, operation, expected, violation)
            self._add(operation, Defect(violation, requirement), steps)
        if is_success(response.status) and restarts(self.judge.spec, operation):
            self._history.record_rebuild(releases, exchange)
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
            self._history.record(releases, exchange)

    def _releases(
        self, operation: Operation, exchange: Exchange
    ) -> dict[str, tuple[str, Mapping[str, Any]]]:
        """Return the readable releases in a response by their keys, each with its JSON pointer."""
        response = operation.documented(exchange.response.status)
        release = self.judge.spec.types.get(timed_name(self.judge.spec))
        if response is None or release is None or not response.resources:
            return {}
        try:
            body = json_text.parse(exchange.response.body)
            releases = {
                value[release.key]: (where, value)
                for name, where, value in resources_in(response, body)
                if name == release.name and isinstance(value[release.key], str)
            }
        except (ValueError, TypeError, KeyError):
            return {}  # the judge reports the invalid body
        for _, value in releases.values():
            self.target.lists.share(value)
        return releases

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
