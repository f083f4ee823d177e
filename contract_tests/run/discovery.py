"""The first requests to a target: whether it responds, what it offers, which resources it has."""

from __future__ import annotations

import time
from functools import partial
from urllib.parse import urlsplit

import requests

from mock_server.contract.document.operation import Operation
from mock_server.contract.exchange import Exchange
from mock_server.contract.judge import Judge
from mock_server.contract.requests import RequestJudge
from mock_server.contract.traffic.redaction import Redaction
from mock_server.contract.violations import Violation

from ..config.options import Settings
from ..exit_codes import CannotJudgeError
from ..judging.any_api import AnyApiExpectations
from ..judging.expectations import Expectations
from ..judging.implied import lists_requirements
from ..judging.protocol import excerpt
from ..target.knowledge import KnownResources, TargetClient, find_known_resources, sample_request
from ..target.pace import Pace, TargetBusyError
from ..target.roles import (
    changes,
    checked_operations,
    follows_timeline,
    is_success,
    lookups,
    timed_name,
    timed_type,
    timeline_of,
)
from ..target.target import JSON, Target, TargetSession, failure_reason
from .any_api import find_ids
from .outages import Outages
from .recorder import Recorder
from .run import Run

STARTING = (502, 503, 504)  # what a gateway returns while the server behind it starts
BETWEEN_ATTEMPTS = 0.2  # seconds
EXAMPLE_URL = "http://127.0.0.1:3100/api"


def prepare(settings: Settings, judge: Judge) -> Run:
    """Return a run for a target that responds, accepts the tokens and has known resources.

    Raises CannotJudgeError if the target does not.
    """
    check_settings(settings)
    target = target_of(settings)
    recorder = new_recorder(judge, target)
    recorder.max_response_time = settings.max_response_time
    session = TargetSession(target, recorder.record, recorder.record_error)
    client = TargetClient(judge.spec, session)
    run = Run(settings, judge, target, recorder, client, KnownResources(()), {})
    session.on_outage = Outages(recorder, target, partial(run.skipped.setdefault, "outage")).handle
    excluded = [each for each in checked_operations(judge.spec) if changes(judge.spec, each)]
    if settings.read_only:
        does = "sends no restart" if follows_timeline(judge.spec) else "changes nothing"
        reason = f"--read-only {does}"
        run.excluded = dict.fromkeys((operation.id for operation in excluded), reason)
        recorder.ignored = set(run.excluded)
    try:
        wait_until_it_responds(_unrecorded_client(run), settings.wait)
        if follows_timeline(judge.spec):
            _find_resources(run)
        else:
            find_ids(run)
    except requests.RequestException as error:
        raise CannotJudgeError(no_response(target, error)) from None
    return run


def _find_resources(run: Run) -> None:
    """Find the operations, the owners and the resources of a target.

    Raises requests.RequestException, and CannotJudgeError for a target without known resources.
    """
    settings, target = run.settings, run.target
    _find_operations(run)
    _find_owners(run)
    run.known = find_known_resources(run.client, settings.package, settings.release_ids)
    _report_missing(run)
    if not run.owners:  # an operation may have seemed missing before
        _find_owners(run)
    _check_known_statuses(run)
    if not run.known.chains and not run.recorder.findings:
        names = ", ".join((*settings.package, *settings.release_ids)) or "the shipped ones"
        raise CannotJudgeError(
            f"no known {known_labels(run)}: {target.base} has none of {names};"
            " pass --package owner/name or --release-id ID"
        )


def known_labels(run: Run) -> str:
    """Return what a run must know, in words of the document: its resources or their parents."""
    parent = timed_type(run.spec).parent
    return " or ".join([*([run.spec.types[parent].label] if parent else []), run.label])


def check_settings(settings: Settings) -> None:
    """Raise CannotJudgeError for a target or a token that cannot be used."""
    if not settings.target:
        raise CannotJudgeError(f"no target: pass its base URL, such as --target {EXAMPLE_URL}")
    if not _is_base_url(settings.target):
        raise CannotJudgeError(
            f"--target: must be a base URL such as {EXAMPLE_URL}, without a user and a password;"
            f" found {Redaction(()).text(settings.target)}"
        )
    for token in (settings.token, settings.other_token):
        if token is not None and not (token.isascii() and token.isprintable() and " " not in token):
            raise CannotJudgeError("a token must be printable ASCII characters without spaces")


def _is_base_url(url: str) -> bool:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    has_query = bool(parts.query or parts.fragment)
    is_plain = parts.username is None and not has_query
    return parts.scheme in ("http", "https") and bool(host) and is_plain


def target_of(settings: Settings) -> Target:
    """Return the target of these settings."""
    return Target(
        (settings.target or "").rstrip("/"),
        settings.token,
        settings.other_token,
        settings.request_timeout,
        _headers(settings.header),
        settings.proxy,
        Pace(settings.rate),
    )


def _headers(lines: tuple[str, ...]) -> dict[str, str]:
    """Return headers by name; a repeated one has all its values (RFC 9110, section 5.3)."""
    headers: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(": ")
        earlier = next((other for other in headers if other.lower() == name.lower()), None)
        headers[earlier or name] = f"{headers[earlier]}, {value}" if earlier else value
    return headers


def wait_until_it_responds(client: TargetClient, seconds: float) -> None:
    """Wait until the target responds, or the time is over."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if client.session.send_request("GET", "/").response.status not in STARTING:
                return
        except requests.RequestException:
            pass  # it is not running yet
        time.sleep(BETWEEN_ATTEMPTS)


def new_recorder(judge: Judge, target: Target) -> Recorder:
    """Return an empty recorder for a target."""
    of_document = Expectations if lists_requirements(judge) else AnyApiExpectations
    requests = RequestJudge(judge.spec, judge.schemas)
    return Recorder(judge, of_document(judge.spec, requests, target), target)


def no_response(target: Target, error: requests.RequestException) -> str:
    """Return why a target that does not respond cannot be judged, and how to fix it."""
    if isinstance(error, TargetBusyError):
        return f"{target.base} cannot be judged: {error}"
    fix = "start the server, or correct --target"
    if target.proxy:
        fix = "start the server and the proxy, or correct --target and --proxy"
    if isinstance(error, requests.exceptions.SSLError):
        fix = "use a certificate that this machine trusts (SSL_CERT_FILE), or http"
    return f"{target.base} does not respond: {failure_reason(error)}; {fix}"


def _check_known_statuses(run: Run) -> None:
    """Note each resource that has another status than the settings file says."""
    resources = run.known.of(timed_name(run.spec))
    statuses = {
        resource[run.key]: timeline_of(run.spec).status_of(resource) for resource, _ in resources
    }
    for status, ids in run.settings.known_releases.items():
        for release_id in ids:
            if statuses.get(release_id) == status:
                continue
            found = statuses.get(release_id, f"no such {run.label}")
            run.skipped[f"{release_id} as a known {status} {run.label}"] = f"found {found}"


def _find_operations(run: Run) -> None:
    """Ignore the operations that the target seems not to offer.

    Raises CannotJudgeError if it offers none, or redirects.
    """
    operations = [operation for operation, _ in run.offered]
    client = _unrecorded_client(run)
    missing = {}
    for operation in operations:
        exchange = client.call(operation, sample_request(operation, KnownResources(())))
        location = exchange.response.header("location")
        if 300 <= exchange.response.status < 400 and location:
            raise CannotJudgeError(
                f"{exchange.url} redirects to {location}; pass the final base URL as --target"
            )
        if _seems_missing(run.judge, exchange):
            status = exchange.response.status
            missing[operation.id] = f"{operation.method} {operation.path} returned {status}"
    run.recorder.ignored |= set(missing)
    if len(missing) == len(operations):
        raise CannotJudgeError(
            f"{run.target.base} offers no operation of the contract"
            f" ({next(iter(missing.values()))}); correct the path of the base URL"
        )


def _unrecorded_client(run: Run) -> TargetClient:
    """Return a client whose exchanges are not judged."""
    return TargetClient(run.spec, TargetSession(run.target, lambda _: None))


def _seems_missing(judge: Judge, exchange: Exchange) -> bool:
    """Return whether a response means that the target does not offer the operation.

    A 404 is ambiguous: the operation may be missing, or only the resource.
    """
    response = exchange.response
    if response.status in (405, 501):
        return True
    if response.status != 404:
        return False
    return response.media_type != JSON or not judge.outside(404, response)


def _report_missing(run: Run) -> None:
    """Call the operations that seemed missing with known resources, and report the missing ones.

    The contract requires each operation that is not marked as optional. A 404 is no proof if no
    resource of the operation is known.
    """
    for name in run.recorder.ignored - set(run.excluded):
        operation = run.spec.operations[name]
        exchange = _unrecorded_client(run).call(operation, sample_request(operation, run.known))
        if is_success(exchange.response.status):
            run.recorder.ignored.remove(name)
        elif _is_missing(run, operation, exchange):
            message = f"must offer {operation.method} {operation.path}, which is not optional"
            violation = Violation("offered", message, found=excerpt(exchange))
            run.recorder.report(operation, violation, exchange)


def _is_missing(run: Run, operation: Operation, exchange: Exchange) -> bool:
    """Return whether a response proves that the target does not offer an operation."""
    if not _seems_missing(run.judge, exchange):
        return False
    known = operation.lookup and any(run.known.of(operation.lookup.finds))
    return exchange.response.status != 404 or exchange.response.media_type == JSON or bool(known)


def _find_owners(run: Run) -> None:
    """Find the owner of each token, if an operation returns it.

    Raises CannotJudgeError if the target rejects a token.
    """
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
                    f"{option}: {run.target.base} rejects the token"
                    f" ({operation.id} returned 401); pass the token of one that exists"
                )
            ownership = run.spec.ownership(timed_name(run.spec))
            if ownership is None or ownership.caller != lookup.finds:
                continue
            for resource in run.client.resources(operation, exchange):
                run.owners[token] = str(resource.get(ownership.caller_property))
    if run.tokens_of_one_caller:
        owner, label = next(iter(run.owners.values())), run.owner_type.label
        run.skipped["ownership"] = (
            f"--token and --other-token have the same {label} {owner}; pass the token of another"
        )
