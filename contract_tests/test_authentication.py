"""Credentials: who may do what, and that a refusal changes nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from mock_server.contract.spec import Operation
from mock_server.contract.violations import Violation, show

from . import odd
from .builds import untouched
from .knowledge import probe
from .roles import SUCCESS, Thing, asked_by_key, at_rest, restarts
from .run import Run
from .target import JSON, Exchange


@contextmanager
def nothing_changes(run: Run, operation: Operation, release: Thing | None) -> Iterator[None]:
    """What is refused in this block leaves the release as it is."""
    before = run.look(release) if release is not None else None
    yield
    after = run.look(release) if release is not None else None
    if before is not None and after is not None:
        wrong = untouched(run.spec, before[0], after[0])
        if wrong is not None:
            message = "a refused request changes nothing"
            run.record.note(
                operation, Violation("refused", message, wrong.pointer, wrong.found), after[1]
            )


def victim(run: Run) -> Thing | None:
    """A known release to which nothing should happen, best one whose build has ended."""
    others = [r for r, _ in run.known.of(run.spec.release) if not run.is_followed(r)]
    return min(others, key=lambda release: not at_rest(run.spec, release), default=None)


def request(run: Run, operation: Operation, release: Thing | None) -> dict[str, Any]:
    """A valid request of an operation, of that release where it takes its key."""
    key = asked_by_key(run.spec, operation)
    assert operation.lookup is not None
    if release is not None and key and operation.lookup.finds == run.spec.release:
        return {key: release[run.spec.entities[run.spec.release].key]}
    return dict(probe(operation, run.known))


def send(
    run: Run,
    operation: Operation,
    authorization: str | None,
    body: bytes | None,
    content_type: str | None,
) -> Exchange:
    headers = {} if content_type is None else {"Content-Type": content_type}
    if authorization is not None:
        headers["Authorization"] = authorization
    return run.asker.session.ask(operation.method, operation.path, (), body, headers)


def test_bad_credentials_are_refused(run: Run, secured: Operation) -> None:
    """Without the token of an account there is 401 with a challenge, and nothing changes."""
    release = victim(run)
    body = json.dumps(request(run, secured, release)).encode() if secured.body else None
    with nothing_changes(run, secured, release):
        for authorization in odd.credentials(run.target.token or "unknown"):
            send(run, secured, authorization, body, JSON if body else None)


def test_credentials_are_judged_first(run: Run, secured: Operation) -> None:
    """401 comes before anything that the rest of the request would deserve."""
    if secured.body is None:
        pytest.skip("it takes no body")
    assert secured.lookup is not None
    unknown = json.dumps(dict.fromkeys(secured.lookup.ways[0].by, "no such thing")).encode()
    for body, content_type in (
        (unknown, JSON),
        (b"{", JSON),
        (b"{}", JSON),
        (b"", None),
        (b"<a/>", "application/xml"),
    ):
        for authorization in (None, "Bearer not-a-token"):
            send(run, secured, authorization, body, content_type)


def test_the_caller_is_the_token(run: Run, of_caller: Operation) -> None:
    """Asked for nothing, the token's own account is answered; without a token there is none."""
    assert of_caller.lookup is not None
    for authorization in odd.credentials(run.target.token or "unknown"):
        send(run, of_caller, authorization, None, None)
    if run.target.token is None:
        run.unasked[f"{of_caller.id} of a token"] = "give --token"
        return
    key = run.spec.entities[of_caller.lookup.finds].key
    seen = run.asker.ask(of_caller, {}, token=run.target.token)
    for thing in run.asker.things(of_caller, seen):
        known = run.asker.by_key(of_caller.lookup.finds, str(thing.get(key)))
        if known != thing:
            message = "the token's own account is one that can be found"
            found = f"{show(thing)}, found by its key: {show(known)}"
            run.record.note(of_caller, Violation("caller", message, found=found), seen)


def test_only_the_owner_may(run: Run, secured: Operation) -> None:
    """Another account is answered 403, and nothing changes."""
    if not restarts(run.spec, secured):
        pytest.skip("it belongs to nobody")
    token, other = run.target.token, run.target.other_token
    if token is None or other is None:
        run.unasked["ownership"] = "give --token and --other-token"
        pytest.skip("there is only one account")
    if not run.owners:
        run.unasked["ownership"] = "no operation tells the account of a token"
        pytest.skip("nobody knows who owns what")
    tried = False
    for stranger, owner in ((other, token), (token, other)):
        for release in list(run.releases(of_token=owner))[:3]:
            if run.owners.get(stranger) == run.owners[owner]:
                continue
            tried = True
            with nothing_changes(run, secured, release):
                seen = run.asker.ask(secured, request(run, secured, release), token=stranger)
                if seen.answer.status == SUCCESS:
                    message = "answers status 403 to an account that does not own the package"
                    run.record.note(secured, Violation("ownership", message, found="200"), seen)
    if not tried:
        run.unasked["ownership"] = "the tokens own no known release, or are of one account"


def test_an_owner_may(run: Run, secured: Operation) -> None:
    """The account that owns a package is not refused."""
    for release in list(run.releases(of_token=run.target.token))[:2]:
        seen = run.asker.ask(secured, request(run, secured, release))
        if seen.answer.status in (401, 403, 404):
            message = "the owner of a package is not refused"
            run.record.note(
                secured, Violation("ownership", message, found=str(seen.answer.status)), seen
            )
