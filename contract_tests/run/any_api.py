"""Prepare a run for a document without timelines: find the ids that exist on the target."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit

from schemathesis.core.errors import SchemathesisError

from mock_server.contract.document.operation import Operation
from mock_server.contract.document.resources.types import FIELD, key_text

from ..cases.exploration import Explorer
from ..cases.valid_requests import ValidRequests
from ..exit_codes import CannotJudgeError
from ..judging.any_api import AnyApiExpectations
from ..target.credentials import credentials_of, missing_option
from ..target.paths import item_path, parameter_names, positions
from ..target.roles import Resource, is_safe
from ..target.type_operations import path_templates
from .run import Run
from .schemathesis_cases import schema_of


def find_ids(run: Run) -> None:
    """Find the ids that exist on the target.

    Raises requests.RequestException, and CannotJudgeError if the target redirects.
    """
    run.ids.given = run.settings.known_values
    if isinstance(run.recorder.expectations, AnyApiExpectations):
        expectations = replace(run.recorder.expectations, is_known=run.ids.is_known)
        run.recorder.expectations = expectations
    _check_base_url(run)
    _find_callers(run)
    try:
        explorer_of(run).explore()
    except SchemathesisError as error:
        line = (str(error).splitlines() or [type(error).__name__])[0][:160]
        run.skipped["known ids"] = f"no request can be generated: {line}"


def _find_callers(run: Run) -> None:
    """Find the resources of the callers, if an operation returns them, and use their keys.

    Raises CannotJudgeError if the target rejects a token.
    """
    options = {
        False: ("--token", run.target.token),
        True: ("--other-token", run.target.other_token),
    }
    for operation in run.callable_operations:
        if operation.lookup is None or not operation.lookup.otherwise or "{" in operation.path:
            continue
        for other, (option, token) in options.items():
            if other in run.callers or (other and token is None):
                continue
            sent = credentials_of(operation, run.target, other)
            exchange = run.client.session.send_request(
                operation.method, operation.path, sent.query, None, sent.headers
            )
            if exchange.response.status == 401 and token is not None:
                raise CannotJudgeError(
                    f"{option}: {run.target.base} rejects the token"
                    f" ({operation.id} returned 401); pass a valid one"
                )
            for resource in run.client.resources(operation, exchange)[:1]:
                run.callers[other] = operation.lookup.finds, resource
    for name, resource in run.callers.values():
        _add_ids(run, name, resource)
    if len(run.callers) == 2 and run.callers[False] == run.callers[True]:
        run.skipped["ownership"] = "--token and --other-token have the same owner"


def _add_ids(run: Run, name: str, resource: Resource) -> None:
    """Add the key of a resource for each path that starts with it."""
    spec = run.spec
    keys = {(name, each): each for each in spec.types[name].keys}
    for child in spec.types.values():
        if child.parent == name:
            names = zip(child.parent_keys, spec.types[name].keys, strict=False)
            keys |= {(child.name, own): key for own, key in names}
    for operation in spec.operations.values():
        for parameter, template in path_templates(spec, operation).items():
            matched = FIELD.fullmatch(template)
            key = keys.get((matched[1], matched[2])) if matched else None
            item = f"{operation.path.partition(f'{{{parameter}}}')[0]}{{{parameter}}}"
            if key and key in resource and len(parameter_names(item)) == 1:
                run.ids.add(item, (key_text(resource[key]),), resource[key])


def explorer_of(run: Run) -> Explorer:
    """Return an explorer of the target, which sends valid requests."""
    valid = ValidRequests(schema_of(run), run.ids, run.settings.seed)
    ignored = frozenset(run.recorder.ignored)
    changes = not run.settings.read_only
    return Explorer(run.judge, valid, run.client.session, changes, ignored)


def _check_base_url(run: Run) -> None:
    """Send a first request. Raises requests.RequestException if the target does not respond, and
    CannotJudgeError if it redirects to another host or scheme."""
    safe = [each for each in run.callable_operations if is_safe(each) and "{" not in each.path]
    method, path = (safe[0].method, safe[0].path) if safe else ("GET", "/")
    exchange = run.client.session.send_request(method, path)
    location = exchange.response.header("location") or ""
    sent, target = urlsplit(exchange.url), urlsplit(location)
    is_other = target.netloc != "" and (target.scheme, target.netloc) != (sent.scheme, sent.netloc)
    if 300 <= exchange.response.status < 400 and is_other:
        raise CannotJudgeError(
            f"{exchange.url} redirects to {location}; pass the final base URL as --target"
        )


def reasons(run: Run) -> dict[str, str]:
    """Return why operations had no successful response, by their ids."""
    return {each.id: text for each in run.callable_operations if (text := _reason(run, each))}


def _reason(run: Run, operation: Operation) -> str:
    option = missing_option(operation, run.target)
    if option:
        return f"it needs credentials: pass {option}"
    parameter = run.ids.missing(operation.path)
    if parameter:
        return f"no known id for {{{parameter}}}: pass --known {parameter}=…"
    item = item_path(operation.path)
    if operation.method == "DELETE" and item and positions(item) not in run.ids.created:
        return "the run deletes only what it has created, and it could create nothing"
    rejection = run.recorder.rejections.get(operation.id)
    return f"no valid request was successful; the last one got {rejection}" if rejection else ""
