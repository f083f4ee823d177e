"""Checks that secured operations reject requests without credentials, and with invalid ones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from schemathesis.generation.case import Case

from mock_server.contract.document.operation import Operation, SecurityScheme
from mock_server.contract.exchange import Exchange
from mock_server.contract.requests.credentials import API_KEY, needed
from mock_server.contract.violations import Violation

from ...cases.exploration import Explorer
from ...cases.valid_requests import ValidRequests
from ...findings.causes import NO_CREDENTIALS
from ...judging.implied import CREDENTIALS
from ...judging.protocol import excerpt
from ...run.run import Run
from ...run.schemathesis_cases import CONTAINERS
from ...target.credentials import without_credentials
from ...target.paths import Values, item_path
from ...target.roles import is_success
from ...target.target import Target, TargetSession

ATTEMPTS = 3  # requests of each kind
UNKNOWN = "unknown credentials"
INVALID = "not-a-valid-credential"
# Statuses of a request that was rejected for another reason, or not at all
INCONCLUSIVE = (200, 201, 202, 204, 404, 409)


def test_credentials_are_required(
    run: Run, explorer: Explorer, secured_api_operation: Operation
) -> None:
    """A request without valid credentials of the security schemes is rejected."""
    values = item_for(run, explorer, secured_api_operation)
    stripped = without_credentials(run.target, secured_api_operation)
    for kind, cases in unauthorized(explorer.requests, secured_api_operation, values):
        for case in cases:
            exchange = send(run, case, stripped)
            accepted = is_success(exchange.response.status)
            if accepted and stripped.headers != run.target.headers:
                names = {name.lower() for name in run.target.headers.keys() - stripped.headers}
                report(run, secured_api_operation, kind, with_empty_headers(exchange, names))
            if accepted:
                break
        if exchange.response.status in INCONCLUSIVE:
            return  # so are requests with invalid credentials


def with_empty_headers(exchange: Exchange, names: set[str]) -> Exchange:
    """Return an exchange whose request shows that it had none of these headers."""
    request = exchange.request
    headers = {**dict.fromkeys(names, ""), **request.headers}
    return replace(exchange, request=replace(request, headers=headers))


def report(run: Run, operation: Operation, kind: str, exchange: Exchange) -> None:
    """Report a request that was accepted without a header that the run otherwise sends."""
    schemes = " or ".join(needed(each) for one in operation.security for each in one)
    violation = Violation(
        "status",
        "status must be 400 to 499",
        found=excerpt(exchange),
        fix=f"the request needs {schemes}, and has {kind}",
    )
    run.recorder.report(operation, violation, exchange, requirement=CREDENTIALS, cause=kind)


def item_for(run: Run, explorer: Explorer, operation: Operation) -> Values | None:
    """Return the path parameters for requests that must be rejected: of an item of the run."""
    item = item_path(operation.path)
    if operation.method == "DELETE" and item:
        created = explorer.create(item)
        if created is None:
            pytest.skip("no item could be created")
        return created[0]
    known = run.ids.of_run(operation.path)
    return known[0] if known else None


def unauthorized(
    requests: ValidRequests, operation: Operation, values: Values | None
) -> Iterator[tuple[str, list[Case[Any]]]]:
    """Yield valid requests without credentials, then with invalid ones; each with what they have.

    There are several, because a server may reject one for another reason, such as a taken name.
    """
    for schemes, kind in ((), NO_CREDENTIALS), *((one, UNKNOWN) for one in operation.security):
        cases = requests.of(operation, ATTEMPTS, values)
        for case in cases:
            remove_credentials(case, operation)
            for scheme in schemes:
                getattr(case, CONTAINERS[scheme.location])[scheme.parameter] = invalid(scheme)
        yield kind, cases


def invalid(scheme: SecurityScheme) -> str:
    """Return an invalid credential of a scheme."""
    return INVALID if scheme.kind == API_KEY else f"{scheme.kind.title()} {INVALID}"


def remove_credentials(case: Case[Any], operation: Operation) -> None:
    """Remove the credentials of all schemes of an operation from a request."""
    for one in operation.security:
        for scheme in one:
            container = getattr(case, CONTAINERS[scheme.location])
            for name in [name for name in container if name.lower() == scheme.parameter.lower()]:
                del container[name]


def send(run: Run, case: Case[Any], stripped: Target) -> Exchange:
    """Send a request without the further headers that are credentials.

    The recorder judges it unless such headers were removed, because it takes them as sent.
    """
    if stripped.headers == run.target.headers:
        case.call(session=run.client.session)
        return run.client.session.last
    session = TargetSession(stripped, lambda _: None)
    try:
        case.call(session=session)
        return session.last
    finally:
        session.close()
