"""Checks that credentials decide who may do what, and that a rejected request changes nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from functools import partial
from typing import Any

import pytest

from mock_server.contract.document.operation import Operation
from mock_server.contract.exchange import Exchange
from mock_server.contract.violations import Violation, show

from ..cases import edge_cases
from ..resources.findings import article
from ..run.coverage import state_of
from ..run.effects import check_no_change
from ..run.run import Run
from ..target.knowledge import sample_request
from ..target.roles import Resource, has_ended, key_parameter, restarts, timed_name
from ..target.target import JSON
from .test_lookups import check_match, known_lookups


def unused_resource(run: Run) -> Resource | None:
    """Return a known resource that no request should change, preferably with an ended timeline."""
    resources = (resource for resource, _ in run.known.of(timed_name(run.spec)))
    unused = [resource for resource in resources if not run.is_followed(resource)]
    return min(unused, key=lambda resource: not has_ended(run.spec, resource), default=None)


def request_values(run: Run, operation: Operation, resource: Resource | None) -> dict[str, Any]:
    """Return the values of a valid request, for this resource if the operation takes its key."""
    parameter = key_parameter(run.spec, operation)
    assert operation.lookup is not None
    if resource is not None and parameter and operation.lookup.finds == timed_name(run.spec):
        return {parameter: resource[run.key]}
    return dict(sample_request(operation, run.known))


def unknown_resource_body(operation: Operation) -> bytes:
    """Return a valid body for a resource that does not exist."""
    assert operation.lookup is not None
    return json.dumps(dict.fromkeys(operation.lookup.ways[0].by, edge_cases.UNKNOWN)).encode()


def send(
    run: Run,
    operation: Operation,
    authorization: str | None,
    body: bytes | None,
    content_type: str | None,
    query: tuple[tuple[str, str], ...] = (),
) -> Exchange:
    """Send a request with this Authorization header; None sends no such header."""
    headers = {} if content_type is None else {"Content-Type": content_type}
    if authorization is not None:
        headers["Authorization"] = authorization
    return run.client.session.send_request(operation.method, operation.path, query, body, headers)


def test_invalid_credentials_are_rejected(run: Run, secured_operation: Operation) -> None:
    """A request without a valid token gets 401 with a challenge, and changes nothing."""
    resource = unused_resource(run)
    body = (
        json.dumps(request_values(run, secured_operation, resource)).encode()
        if secured_operation.body
        else None
    )
    given = [token for token in (run.target.token, run.target.other_token) if token]
    tokens = given or ["unknown"]
    invalid = dict.fromkeys(value for token in tokens for value in edge_cases.credentials(token))
    content_type = JSON if body else None
    sends = [partial(send, run, secured_operation, value, body, content_type) for value in invalid]
    for name in edge_cases.IN_QUERY:
        query = ((name, tokens[0]),)
        sends.append(partial(send, run, secured_operation, None, body, content_type, query))
    check_no_change(run, secured_operation, resource, sends)


def test_credentials_are_checked_first(run: Run, secured_operation: Operation) -> None:
    """A 401 comes before every other error, and does not reveal which resources exist."""
    if secured_operation.body is None:
        pytest.skip("the operation has no body")
    known = json.dumps(request_values(run, secured_operation, unused_resource(run))).encode()
    unknown = unknown_resource_body(secured_operation)
    invalid = ((b"{", JSON), (b"{}", JSON), (b"", None), (b"<a/>", "application/xml"))
    for authorization in (None, "Bearer not-a-token"):
        bodies = (known, unknown, known)
        exchanges = [send(run, secured_operation, authorization, body, JSON) for body in bodies]
        of_known, of_unknown, again = (comparable(exchange) for exchange in exchanges)
        if of_known == again != of_unknown and exchanges[1].response.status == 401:
            message = "must return the same 401 whether the resource exists or not"
            texts = [str(exchange.response.body[:60]) for exchange in exchanges[:2]]
            found = f"{texts[0]} for a known resource, {texts[1]} for an unknown one"
            run.recorder.report(
                secured_operation, Violation("refused", message, found=found), exchanges[1]
            )
        for body, content_type in invalid:
            send(run, secured_operation, authorization, body, content_type)


def comparable(exchange: Exchange) -> object:
    """Return the status and the body of a response without times, ids and quoted input."""
    text = exchange.response.body.decode("utf-8", "replace")
    sent = exchange.request.body.decode("utf-8", "replace")
    for quoted in re.findall(r'"(?:[^"\\]|\\.)*"', sent):
        text = text.replace(quoted[1:-1], "…")
    return exchange.response.status, re.sub(r"[0-9a-f]*[0-9][0-9a-f]*", "0", text)


def test_errors_have_the_documented_order(run: Run, secured_operation: Operation) -> None:
    """A request with several errors gets the first one of the contract's order."""
    if secured_operation.body is None:
        pytest.skip("the operation has no body")
    unknown = unknown_resource_body(secured_operation)
    for token in (run.target.token, run.target.other_token):
        if token is None:
            continue
        resources = [unused_resource(run), *list(run.resources(of_token=run.target.token))[:1]]
        known = [
            json.dumps(request_values(run, secured_operation, each)).encode() for each in resources
        ]
        for body in (unknown, *known, b"{", b""):
            send(run, secured_operation, f"Bearer {token}", body, "text/plain")
        for body in (*(each[:-1] for each in known), b"{}", b"[]"):
            send(run, secured_operation, f"Bearer {token}", body, JSON)
        exchange = send(run, secured_operation, f"Bearer {token}", unknown, JSON)
        if exchange.response.status not in (404, 401, 500):
            message = "status must be 404 for a resource that does not exist"
            found = str(exchange.response.status)
            run.recorder.report(
                secured_operation, Violation("status", message, found=found), exchange
            )


def test_the_scheme_is_case_insensitive(run: Run, caller_operation: Operation) -> None:
    """The name of an authentication scheme is case-insensitive (RFC 9110, section 11.1)."""
    for scheme in ("bearer", "BEARER") if run.target.token else ():
        send(run, caller_operation, f"{scheme} {run.target.token}", None, None)


def test_a_token_does_not_matter_without_security(run: Run, get_operation: Operation) -> None:
    """An operation without security has the same result with any token, and without one."""
    if get_operation.takes_token:
        pytest.skip("the operation accepts a token")
    tokens = [token for token in (run.target.token, run.target.other_token, "unknown") if token]
    lookups = list(known_lookups(run, get_operation))
    for way, values, resource in (*lookups[:1], *lookups[-1:]):
        for token in tokens:
            exchange = run.client.call(get_operation, values, token=token)
            resources = run.client.resources(get_operation, exchange)
            check_match(run, get_operation, way, resource, values, resources, exchange)
    for token in tokens:
        run.client.call(get_operation, {}, token=token)


def test_the_caller_is_the_one_of_the_token(run: Run, caller_operation: Operation) -> None:
    """A request without parameters returns the caller of the token; without a token, 401."""
    assert caller_operation.lookup is not None
    for authorization in edge_cases.credentials(run.target.token or "unknown"):
        send(run, caller_operation, authorization, None, None)
    if run.target.token is None:
        run.skipped[f"{caller_operation.id} of a token"] = "pass --token"
        return
    caller_type = run.spec.types[caller_operation.lookup.finds]
    exchange = run.client.call(caller_operation, {}, token=run.target.token)
    for caller in run.client.resources(caller_operation, exchange):
        by_key = run.client.by_key(caller_type.name, str(caller.get(caller_type.key)))
        if by_key is None or contradict(by_key, caller):
            message = f"must be the {caller_type.label} that its key finds"
            found = f"{show(caller)}, by its key {show(by_key)}"
            run.recorder.report(
                caller_operation, Violation("caller", message, found=found), exchange
            )


def contradict(one: Resource, other: Resource) -> bool:
    """Return whether a property differs. A null does not: some are visible only to the caller."""
    shared = [(one[name], other[name]) for name in one.keys() & other.keys()]
    return any(left != right and None not in (left, right) for left, right in shared)


def test_other_callers_cannot_restart(run: Run, secured_operation: Operation) -> None:
    """A request of another caller than the owner gets 403, and changes nothing."""
    if not restarts(run.spec, secured_operation):
        pytest.skip("the operation does not depend on the owner")
    token, other_token = run.target.token, run.target.other_token
    if token is None or other_token is None:
        run.skipped["ownership"] = "pass --token and --other-token"
        pytest.skip(f"only one {run.owner_type.label} is known")
    if not run.owners:
        run.skipped["ownership"] = f"no operation returns the {run.owner_type.label} of a token"
        pytest.skip("the owners are unknown")
    if run.tokens_of_one_caller:
        check_same_caller(run, secured_operation, other_token)
        return
    sent = False
    for stranger, owner in ((other_token, token), (token, other_token)):
        for resource in one_of_each_state(run, run.resources(of_token=owner)):
            sent = True
            values = request_values(run, secured_operation, resource)
            restart = partial(run.client.call, secured_operation, values, token=stranger)
            (exchange,) = check_no_change(run, secured_operation, resource, [restart])
            if exchange.response.status != 403:
                message = f"status must be 403 for another {run.owner_type.label} than the owner"
                found = str(exchange.response.status)
                violation = Violation("ownership", message, found=found)
                run.recorder.report(secured_operation, violation, exchange)
    if not sent:
        run.skipped["ownership"] = f"the tokens own no known {run.label}"


def check_same_caller(run: Run, operation: Operation, other_token: str) -> None:
    """Report a target that returns one caller for both tokens, but refuses one to its owner.

    Otherwise the tokens may be two of one caller, and ownership cannot be judged.
    """
    caller = next((each for each, lookup in run.offered if lookup.otherwise), None)
    for resource in list(run.resources(of_token=other_token))[:1]:
        values = request_values(run, operation, resource)
        refused = run.client.call(operation, values, token=other_token)
        if caller is not None and refused.response.status == 403:
            shown = run.client.call(caller, {}, token=other_token)
            message = (
                f"must be the {run.owner_type.label} of the token, which may restart what it owns"
            )
            found = f"{run.owners[other_token]} for both tokens; {operation.id} refuses one"
            violation = Violation("caller", message, found=found)
            run.recorder.report(caller, violation, refused, shown)


def one_of_each_state(run: Run, resources: Iterable[Resource]) -> list[Resource]:
    """Return one resource for each state of these resources."""
    by_state = {state_of(run.spec, resource): resource for resource in resources}
    return list(by_state.values())


def test_the_owner_can_restart(run: Run, secured_operation: Operation) -> None:
    """The owner is not rejected."""
    for resource in list(run.resources(of_token=run.target.token))[:2]:
        exchange = run.client.call(
            secured_operation, request_values(run, secured_operation, resource)
        )
        if exchange.response.status in (401, 403, 404):
            message = f"must accept the owner of {article(run.label)}"
            found = str(exchange.response.status)
            run.recorder.report(
                secured_operation, Violation("ownership", message, found=found), exchange
            )
