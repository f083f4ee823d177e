"""Credentials: who may do what, and that a refusal changes nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from functools import partial
from typing import Any

import pytest

from mock_server.contract.document.spec import Operation
from mock_server.contract.violations import Violation, show

from ..run import edge_cases
from ..run.coverage import state_of
from ..run.effects import nothing_changes
from ..run.run import Run
from ..target.knowledge import sample_request
from ..target.roles import Resource, has_ended, key_parameter, restarts
from ..target.target import JSON, Exchange


def victim(run: Run) -> Resource | None:
    """A known release to which nothing should happen, best one whose build has ended."""
    others = [r for r, _ in run.known.of(run.spec.release) if not run.is_followed(r)]
    return min(others, key=lambda release: not has_ended(run.spec, release), default=None)


def request(run: Run, operation: Operation, release: Resource | None) -> dict[str, Any]:
    """A valid request of an operation, of that release where it takes its key."""
    key = key_parameter(run.spec, operation)
    assert operation.lookup is not None
    if release is not None and key and operation.lookup.finds == run.spec.release:
        return {key: release[run.spec.entities[run.spec.release].key]}
    return dict(sample_request(operation, run.known))


def send(
    run: Run,
    operation: Operation,
    authorization: str | None,
    body: bytes | None,
    content_type: str | None,
    query: tuple[tuple[str, str], ...] = (),
) -> Exchange:
    headers = {} if content_type is None else {"Content-Type": content_type}
    if authorization is not None:
        headers["Authorization"] = authorization
    return run.client.session.send_request(operation.method, operation.path, query, body, headers)


def test_bad_credentials_are_refused(run: Run, secured: Operation) -> None:
    """Without the token of an account there is 401 with a challenge, and nothing changes."""
    release = victim(run)
    body = json.dumps(request(run, secured, release)).encode() if secured.body else None
    tokens = [each for each in (run.target.token, run.target.other_token) if each] or ["unknown"]
    tried = dict.fromkeys(bad for token in tokens for bad in edge_cases.credentials(token))
    kind = JSON if body else None
    asked = [partial(send, run, secured, bad, body, kind) for bad in tried]
    in_query = [(name, tokens[0]) for name in edge_cases.IN_QUERY]
    asked += [partial(send, run, secured, None, body, kind, (pair,)) for pair in in_query]
    nothing_changes(run, secured, release, asked)


def test_credentials_are_judged_first(run: Run, secured: Operation) -> None:
    """401 comes before anything that the rest of the request would deserve, and tells nothing."""
    if secured.body is None:
        pytest.skip("it takes no body")
    assert secured.lookup is not None
    key = secured.lookup.ways[0].by
    known = json.dumps(request(run, secured, victim(run))).encode()
    unknown = json.dumps(dict.fromkeys(key, "no such thing")).encode()
    rest = ((b"{", JSON), (b"{}", JSON), (b"", None), (b"<a/>", "application/xml"))
    for authorization in (None, "Bearer not-a-token"):
        told = [send(run, secured, authorization, body, JSON) for body in (known, unknown, known)]
        first, other, again = (_said(seen) for seen in told)
        if first == again != other and told[1].response.status == 401:
            message = "a refusal does not tell whether there is what was asked for"
            found = (
                f"{told[0].response.body[:60]!r}, of what is unknown {told[1].response.body[:60]!r}"
            )
            run.recorder.report(secured, Violation("refused", message, found=found), told[1])
        for body, content_type in rest:
            send(run, secured, authorization, body, content_type)


def _said(seen: Exchange) -> object:
    """What an answer says, whatever time it tells and whatever it quotes."""
    text = seen.response.body.decode("utf-8", "replace")
    for quoted in re.findall(r'"(?:[^"\\]|\\.)*"', seen.request.body.decode("utf-8", "replace")):
        text = text.replace(quoted[1:-1], "…")
    return seen.response.status, re.sub(r"[0-9a-f]*[0-9][0-9a-f]*", "0", text)


def test_the_order_of_judging(run: Run, secured: Operation) -> None:
    """Of several things wrong the first in the contract's order is told, also to a stranger."""
    if secured.body is None:
        pytest.skip("it takes no body")
    assert secured.lookup is not None
    unknown = json.dumps(dict.fromkeys(secured.lookup.ways[0].by, "no such thing")).encode()
    for token in (run.target.token, run.target.other_token):
        if token is None:
            continue
        releases = [victim(run), *list(run.releases(of_token=run.target.token))[:1]]
        known = [json.dumps(request(run, secured, each)).encode() for each in releases]
        for body in (unknown, *known, b"{", b""):
            send(run, secured, f"Bearer {token}", body, "text/plain")
        for body in (*(each[:-1] for each in known), b"{}", b"[]"):
            send(run, secured, f"Bearer {token}", body, JSON)
        seen = send(run, secured, f"Bearer {token}", unknown, JSON)
        if seen.response.status not in (404, 401, 500):
            message = "answers status 404 to a request for what is not there"
            found = str(seen.response.status)
            run.recorder.report(secured, Violation("status", message, found=found), seen)


def test_a_scheme_is_read_in_any_case(run: Run, of_caller: Operation) -> None:
    """The name of an authentication scheme has no case (RFC 9110, section 11.1)."""
    for scheme in ("bearer", "BEARER") if run.target.token else ():
        send(run, of_caller, f"{scheme} {run.target.token}", None, None)


def test_the_caller_is_the_token(run: Run, of_caller: Operation) -> None:
    """Asked for nothing, the token's own account is answered; without a token there is none."""
    assert of_caller.lookup is not None
    for authorization in edge_cases.credentials(run.target.token or "unknown"):
        send(run, of_caller, authorization, None, None)
    if run.target.token is None:
        run.skipped[f"{of_caller.id} of a token"] = "give --token"
        return
    key = run.spec.entities[of_caller.lookup.finds].key
    seen = run.client.call(of_caller, {}, token=run.target.token)
    for resource in run.client.resources(of_caller, seen):
        known = run.client.by_key(of_caller.lookup.finds, str(resource.get(key)))
        if known is None or _contradict(known, resource):
            message = "the token's own account is one that can be found"
            found = f"{show(resource)}, found by its key: {show(known)}"
            run.recorder.report(of_caller, Violation("caller", message, found=found), seen)
    another = run.target.other_token
    if another in (None, run.target.token) or len(run.owners) < 2:
        return
    if len(set(run.owners.values())) == 1:
        message = "the token given with --other-token is one of another account"
        found = f"{show(run.owners[another or ''])} for both tokens"
        seen = run.client.call(of_caller, {}, token=another)
        run.recorder.report(of_caller, Violation("caller", message, found=found), seen)


def _contradict(one: Resource, other: Resource) -> bool:
    """Whether something is told otherwise; some things an account tells nobody but itself."""
    both = [(one[name], other[name]) for name in one.keys() & other.keys()]
    return any(left != right and None not in (left, right) for left, right in both)


def test_only_the_owner_may(run: Run, secured: Operation) -> None:
    """Another account is answered 403, and nothing changes."""
    if not restarts(run.spec, secured):
        pytest.skip("it belongs to nobody")
    token, other = run.target.token, run.target.other_token
    if token is None or other is None:
        run.skipped["ownership"] = "give --token and --other-token"
        pytest.skip("there is only one account")
    if not run.owners:
        run.skipped["ownership"] = "no operation tells the account of a token"
        pytest.skip("nobody knows who owns what")
    tried = False
    for stranger, owner in ((other, token), (token, other)):
        for release in of_each_state(run, run.releases(of_token=owner)):
            if run.owners.get(stranger) == run.owners[owner]:
                continue
            tried = True
            asked = request(run, secured, release)
            refusal = partial(run.client.call, secured, asked, token=stranger)
            (seen,) = nothing_changes(run, secured, release, [refusal])
            if seen.response.status != 403:
                message = "answers status 403 to an account that does not own the package"
                found = str(seen.response.status)
                run.recorder.report(secured, Violation("ownership", message, found=found), seen)
    if not tried:
        run.skipped["ownership"] = "the tokens own no known release, or are of one account"


def of_each_state(run: Run, releases: Iterable[Resource]) -> list[Resource]:
    """One release for each state that the releases show."""
    by_state = {state_of(run.spec, release): release for release in releases}
    return list(by_state.values())


def test_an_owner_may(run: Run, secured: Operation) -> None:
    """The account that owns a package is not refused."""
    for release in list(run.releases(of_token=run.target.token))[:2]:
        seen = run.client.call(secured, request(run, secured, release))
        if seen.response.status in (401, 403, 404):
            message = "the owner of a package is not refused"
            run.recorder.report(
                secured, Violation("ownership", message, found=str(seen.response.status)), seen
            )
