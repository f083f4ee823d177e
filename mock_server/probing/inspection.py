"""Probe a mock: send each operation its requests, and judge each response."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from ..app.handle import respond
from ..app.mock import Mock
from ..contract.document.operation import DocumentedResponse, Operation
from ..contract.exchange import Request, Response
from ..contract.violations import Violation, show
from ..foundation.timestamps import to_datetime
from ..generation.generate import CannotGenerateError
from ..state import session_names
from .examples import wrong_examples
from .probes import Probe, probes_of
from .report import Report
from .requests import InvalidRequestError, valid_request

MAX_SECONDS = 15.0
UNKNOWN_PATH = "/no/such/path"
EXAMPLE = "add an example of it"


@dataclass(frozen=True)
class Inspection:
    """What was found. requests: the number of requests that were sent."""

    problems: tuple[Violation, ...]
    notes: tuple[Violation, ...]
    requests: int


def inspect(
    mock: Mock, max_seconds: float = MAX_SECONDS, clock: Callable[[], float] = time.process_time
) -> Inspection:
    """Send requests to every operation of a mock, and return what is wrong with the responses.

    It stops after ``max_seconds`` of work, and notes how many operations it left out.
    """
    report, until, sent = Report(mock.spec.document), clock() + max_seconds, 0
    operations = list(mock.spec.operations.values())
    with _silent():
        sent += _probe_outside(mock, report)
        for index, operation in enumerate(operations):
            if clock() > until:
                message = f"{len(operations) - index} of {len(operations)} operations were not"
                message += f" probed, because the limit of {max_seconds:.0f} s was reached"
                report.note(Violation("time", message, operation.pointer))
                break
            sent += _probe(mock, operation, report)
    for violation in wrong_examples(mock):
        report.note(violation)
    return Inspection(report.problems, report.notes, sent)


def problems_of(mock: Mock, operation: Operation) -> tuple[Violation, ...]:
    """Send requests to one operation of a mock, and return what is wrong with the responses."""
    report = Report(mock.spec.document)
    with _silent():
        _probe(mock, operation, report)
    return report.problems


def _probe(mock: Mock, operation: Operation, report: Report) -> int:
    """Send the requests of one operation. Return their number."""
    sent = 0
    for probe in _probes(mock, operation, report):
        sent += 1
        _judge(mock, operation, probe, respond(mock, probe.request), report)
        if operation.action is not None:  # the next probe needs what this one changes
            mock.sessions.restart(session_names.DEFAULT)
    return sent


@contextmanager
def _silent() -> Iterator[None]:
    """Log nothing: what the mock would log is reported."""
    log = logging.getLogger("mock_server")
    before, log.disabled = log.disabled, True
    try:
        yield
    finally:
        log.disabled = before


def _probes(mock: Mock, operation: Operation, report: Report) -> Iterator[Probe]:
    try:
        valid = valid_request(mock, operation)
    except CannotGenerateError as error:
        message = f"no valid request can be generated: {error.reason}"
        report.note(Violation("request", message, error.where or operation.pointer, fix=EXAMPLE))
    except InvalidRequestError as error:
        for each in error.violations[:1]:
            message = f"a request made from the schemas is invalid: {each.message}"
            found = each.found
            report.note(Violation("request", message, operation.pointer, found, EXAMPLE))
    else:
        if not valid.known:
            message = "the fixtures have no resource that the operation finds"
            report.note(Violation("fixtures", message, operation.pointer))
        yield from probes_of(mock, operation, valid)


def _judge(
    mock: Mock, operation: Operation, probe: Probe, response: Response, report: Report
) -> None:
    """Report what is wrong with the response to a probe."""
    if response.stream is not None:
        response.stream.close()
        return
    documented = operation.documented(response.status)
    if response.violations:
        where = _where(operation, operation.success)
        for each in response.violations:
            report.problem(_of_response(each, f"{probe.name} gets 500", where))
    elif probe.statuses and response.status not in probe.statuses:
        expected = " or ".join(map(str, probe.statuses))
        message = f"{probe.name} must get {expected}"
        report.problem(Violation("status", message, operation.pointer, _shown(response)))
    elif documented is None:
        message = f"{response.status} is not documented; the mock responds with problem details"
        report.note(Violation("status", message, f"{operation.pointer}/responses"))
    else:
        judge, now = mock.context.judge, to_datetime(mock.sessions.wall())
        if not _has_body(operation):
            response = replace(response, body=b"")
        for each in judge.response(operation, probe.accepted, response, now):
            what = f"the response {response.status} to {probe.name} is invalid"
            report.problem(_of_response(each, what, _where(operation, documented)))


def _has_body(operation: Operation) -> bool:
    return operation.method != "HEAD"


def _where(operation: Operation, documented: DocumentedResponse) -> str:
    return documented.pointer or operation.pointer


def _of_response(violation: Violation, what: str, where: str) -> Violation:
    """Return a violation of a body as one of the document."""
    in_document = violation.rule == "generate"
    at = f"{violation.pointer} " if violation.pointer and not in_document else ""
    message = f"{what}: {at}{violation.message}"
    pointer = violation.pointer if in_document else where
    return replace(violation, message=message, pointer=pointer, location="")


def _shown(response: Response) -> str:
    return f"{response.status} {show(response.body[:120].decode('utf-8', 'replace'))}"


def _probe_outside(mock: Mock, report: Report) -> int:
    """Send a request for a path without operations. Return the number of requests."""
    response = respond(mock, Request("GET", UNKNOWN_PATH))
    problems = [Violation("status", "must be 404", found=str(response.status))]
    if response.status == 404:
        known = 404 in mock.spec.outside
        problems = mock.context.judge.outside(404, response) if known else []
    for each in problems:
        report.problem(_of_response(each, "the response to an unknown path is invalid", ""))
    return 1
