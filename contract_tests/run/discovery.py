"""The first meeting with a target: does it answer, what does it offer, what does it have."""

from __future__ import annotations

from urllib.parse import urlsplit

import requests

from mock_server.contract.document.spec import Operation
from mock_server.contract.judge import Judge
from mock_server.contract.requests import RequestJudge

from ..config.options import Settings
from ..exit_codes import CannotJudgeError
from ..judging.expectations import Expectations
from ..target.knowledge import KnownResources, TargetClient, find_known_resources, sample_request
from ..target.roles import SUCCESS, lookups, restarts
from ..target.target import JSON, Exchange, Target, TargetSession, failure_reason
from .recorder import Recorder
from .run import Run


def prepare(settings: Settings, judge: Judge) -> Run:
    """A run whose target answers, knows the tokens, and has something to ask for.

    Raises CannotJudgeError when that is not so.
    """
    if not settings.target:
        raise CannotJudgeError(
            "there is no target: give --target URL, as http://127.0.0.1:3100/api"
        )
    if not _is_base(settings.target):
        raise CannotJudgeError(
            f"--target {settings.target}: give a base URL, as http://127.0.0.1:3100/api"
        )
    for token in (settings.token, settings.other_token):
        if token is not None and not (token.isascii() and token.isprintable() and " " not in token):
            raise CannotJudgeError("a token has only printable ASCII characters and no blanks")
    target = target_of(settings)
    recorder = new_recorder(judge, target)
    client = TargetClient(judge.spec, TargetSession(target, recorder.record, recorder.record_error))
    run = Run(settings, judge, target, recorder, client, KnownResources(()), {})
    if settings.read_only:
        why = "--read-only asks for no rebuild"
        run.excluded = {
            each.id: why for each, _ in lookups(judge.spec) if restarts(judge.spec, each)
        }
        recorder.ignored = set(run.excluded)
    try:
        _contact(run)
        run.known = find_known_resources(client, settings.package, settings.release_ids)
        recorder.ignored = set(run.excluded) | {
            name
            for name in recorder.ignored - set(run.excluded)
            if not _offered(run, judge.spec.operations[name])
        }
        _know_owners(run)
        _compare_known(run)
    except requests.RequestException as error:
        raise CannotJudgeError(no_response(target, error)) from None
    if not run.known.chains and not recorder.findings:
        named = ", ".join((*settings.package, *settings.release_ids)) or "the shipped packages"
        raise CannotJudgeError(
            f"nothing known to ask for: {target.base} has nothing of {named};"
            " name what it has with --package owner/name or --release-id ID"
        )
    return run


def _is_base(url: str) -> bool:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    nothing_else = not (parts.query or parts.fragment)
    return parts.scheme in ("http", "https") and bool(host) and nothing_else


def target_of(settings: Settings) -> Target:
    """The target that settings name."""
    return Target(
        (settings.target or "").rstrip("/"),
        settings.token,
        settings.other_token,
        settings.request_timeout,
    )


def new_recorder(judge: Judge, target: Target) -> Recorder:
    """An empty record of what a target answers."""
    expectations = Expectations(judge.spec, RequestJudge(judge.spec, judge.schemas), target)
    return Recorder(judge, expectations, target)


def no_response(target: Target, error: requests.RequestException) -> str:
    """Why a target cannot be judged that does not answer, and what cures it."""
    fix = "is the target running there?"
    if isinstance(error, requests.exceptions.SSLError):
        fix = "give it a certificate that this machine trusts, or judge it over http"
    return f"{target.base} does not answer: {failure_reason(error)}; {fix}"


def _compare_known(run: Run) -> None:
    """Tells which releases do not show the status that they are known by."""
    key = run.spec.entities[run.spec.release].key
    shown = {r[key]: r.get(run.spec.build.status) for r, _ in run.known.of(run.spec.release)}
    for word, ids in run.settings.known.items():
        for each in ids:
            if shown.get(each) != word:
                said = f"it shows {shown[each]}" if each in shown else "it is not found"
                run.skipped[f"{each} as known under {word}"] = said


def _contact(run: Run) -> None:
    """Finds out which operations the target seems to offer. Raises CannotJudgeError for none."""
    operations = [operation for operation, _ in run.offered]
    quiet = TargetClient(run.spec, TargetSession(run.target, lambda _: None))
    answers = {}
    for operation in operations:
        exchange = quiet.call(operation, sample_request(operation, KnownResources(())))
        location = exchange.response.header("location")
        if 300 <= exchange.response.status < 400 and location:
            raise CannotJudgeError(
                f"{exchange.url} redirects to {location}: give --target the place itself"
            )
        if _seems_absent(run.judge, exchange):
            answers[operation.id] = (
                f"{operation.method} {operation.path} answers {exchange.response.status}"
            )
    run.recorder.ignored |= set(answers)
    if len(answers) == len(operations):
        raise CannotJudgeError(
            f"nothing of the contract is offered at {run.target.base}"
            f" ({next(iter(answers.values()))}): does the base URL have the right path?"
        )


def _seems_absent(judge: Judge, exchange: Exchange) -> bool:
    answer = exchange.response
    if answer.status in (405, 501):
        return True
    if answer.status != 404:
        return False
    return answer.media_type != JSON or not judge.outside(404, answer)


def _offered(run: Run, operation: Operation) -> bool:
    """Whether an operation that seemed absent answers a request for what is known."""
    quiet = TargetClient(run.spec, TargetSession(run.target, lambda _: None))
    return quiet.call(operation, sample_request(operation, run.known)).response.status == SUCCESS


def _know_owners(run: Run) -> None:
    """The accounts of the tokens, as far as an operation tells them. Raises CannotJudgeError."""
    for operation, lookup in lookups(run.spec):
        if not lookup.otherwise or operation.id in run.recorder.ignored:
            continue
        for option, token in (
            ("--token", run.target.token),
            ("--other-token", run.target.other_token),
        ):
            if token is None:
                continue
            exchange = run.client.call(operation, {}, token=token)
            if exchange.response.status == 401:
                raise CannotJudgeError(
                    f"the token given with {option} is refused: {operation.id} answers 401"
                )
            for resource in run.client.resources(operation, exchange):
                run.owners[token] = str(resource.get(run.spec.entities[lookup.finds].key))
