"""Runs the cases and the checks of Schemathesis over the session of the run."""

from __future__ import annotations

import copy
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

import requests
import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation import GenerationMode
from schemathesis.generation.case import Case
from schemathesis.schemas import APIOperation, BaseSchema
from schemathesis.specs.openapi.checks import ignored_auth

from mock_server.contract.document.operation import Operation
from mock_server.contract.document.references import combined
from mock_server.contract.violations import Violation

from ..cases.valid_requests import set_path
from ..judging.implied import lists_requirements
from ..target.credentials import for_schemathesis, sent_for
from ..target.paths import parameter_names
from ..target.roles import follows_timeline, is_safe, lookup_values, restarts, timed_name
from .run import Run

# The recorder checks these too, and from the request as it was sent. All other checks stay on.
CHECKED_BY_THE_RECORDER = (
    "negative_data_rejection",
    "positive_data_acceptance",
    "missing_required_header",
    "unsupported_method",
)
# Here the recorder alone judges the responses of any API: it knows which undocumented statuses HTTP
# allows, and reads a document as the mock does.
CHECKED_FOR_ANY_API = (
    *("status_code_conformance", "content_type_conformance"),
    *("response_schema_conformance", "response_headers_conformance"),
)
# Location of a parameter → the attribute of a case
CONTAINERS = {"header": "headers", "query": "query", "cookie": "cookies"}
# Share of generated values that are known ids and names. Random ones nearly always match nothing.
KNOWN_SHARE = 0.6


def schema_of(run: Run) -> BaseSchema:
    """Return the contract as a schema of Schemathesis, configured for the target."""
    config = SchemathesisConfig.from_dict(_config(run))
    schema = schemathesis.openapi.from_dict(copy.deepcopy(run.spec.data), config=config)
    excluded = [
        operation.id
        for operation in run.spec.operations.values()
        if operation.optional or operation.id in run.recorder.ignored
    ]
    return schema.exclude(operation_id=excluded) if excluded else schema


def _config(run: Run) -> dict[str, Any]:
    dictionaries: dict[str, Any] = {}
    operations = []
    for operation in run.spec.operations.values():
        bound = {}
        for name, values in _known_values(run, operation).items():
            dictionary = f"{operation.id}.{name}"
            dictionaries[dictionary] = {"values": values}
            bound[f"{_location(operation, name)}.{name}"] = {
                "dictionary": dictionary,
                "probability": KNOWN_SHARE,
            }
        operations.append({"include-operation-id": operation.id, "parameters": bound})
    disabled: tuple[str, ...] = CHECKED_BY_THE_RECORDER
    if not lists_requirements(run.judge):
        disabled += CHECKED_FOR_ANY_API
    config: dict[str, Any] = {
        "seed": run.settings.seed,
        "base-url": run.target.base,
        "dictionaries": dictionaries,
        "operations": operations,
        "request-timeout": run.target.timeout,
        "checks": {name: {"enabled": False} for name in disabled},
    }
    credentials = for_schemathesis(run.spec, run.target)
    if credentials:
        config["auth"] = {"openapi": credentials}
    return config


def _location(operation: Operation, name: str) -> str:
    """Return where a request has a lookup value, or an id."""
    if name in parameter_names(operation.path):
        return "path"
    in_query = name in {parameter.name for parameter in operation.parameters}
    return "query" if in_query or not operation.body else "body"


def _known_values(run: Run, operation: Operation) -> dict[str, list[Any]]:
    """Return the known ids and names that an operation takes, by request property."""
    values: dict[str, list[Any]] = {}
    if operation.lookup is None or not follows_timeline(run.spec):
        names = [parameter.name for parameter in operation.parameters]
        if operation.body:
            names += combined(run.spec.data, {"$ref": f"#{operation.body}"}).get("properties", {})
        ids = {name: run.ids.value_of(name) for name in names}
        return {name: known for name, known in ids.items() if known}
    for chain in run.known.chains:
        resource = chain.get(timed_name(run.spec))
        if resource is not None and restarts(run.spec, operation) and run.is_followed(resource):
            continue  # a restart would delay the end of the timeline that the run follows
        for way in operation.lookup.ways:
            for key, text in (lookup_values(way, chain) or {}).items():
                values.setdefault(key, []).append(text)
        for name in operation.lookup.filters:
            value = (resource or {}).get(name)
            if isinstance(value, str):
                values.setdefault(name, []).append(value)
    return {name: list(dict.fromkeys(texts)) for name, texts in values.items()}


def operation_of(schema: BaseSchema, operation: Operation) -> APIOperation[Any, Any, Any, Any]:
    """Return an operation of the contract as an operation of Schemathesis."""
    return schema[operation.path][operation.method]


def use_knowledge(run: Run, operation: Operation, case: Case[Any], number: int) -> bool:
    """Set the credentials of a generated request, and in most requests the ids in its path.

    number: that of the request. Return False for a request that must not be sent: it would delete
    an item that the run has not created.
    """
    _set_credentials(run, operation, case)
    names = parameter_names(operation.path)
    sent = tuple(unquote(str(case.path_parameters.get(name, ""))) for name in names)
    if operation.method == "DELETE":
        return not run.ids.is_known(operation.path, sent)
    known = run.ids.of(operation.path) if is_safe(operation) else run.ids.of_run(operation.path)
    if known and names and not _is_about_path(case) and number % 10 < KNOWN_SHARE * 10:
        set_path(case, operation, known[number % len(known)])
    return True


def _set_credentials(run: Run, operation: Operation, case: Case[Any]) -> None:
    """Set the credentials of a request that was not made to have invalid ones.

    Schemathesis does not do so in its coverage phase.
    """
    data = case.meta.phase.data if case.meta else None
    changed = str(data.parameter).lower() if data is not None else ""
    for scheme, credential in sent_for(operation, run.target):
        if scheme.parameter.lower() != changed:
            getattr(case, CONTAINERS[scheme.location])[scheme.parameter] = credential


def _is_about_path(case: Case[Any]) -> bool:
    """Return whether a case was made to have unusual or invalid path parameters."""
    meta = case.meta
    if meta is None:
        return False
    is_changed = meta.phase.data.parameter_location == ParameterLocation.PATH
    return is_changed or meta.is_negative_at(ParameterLocation.PATH)


def send(run: Run, case: Case[Any]) -> None:
    """Send a case. The recorder judges its response, and Schemathesis too if that is valid."""
    if run.recorder.target_is_gone:
        return
    session, before = run.client.session, len(run.recorder.occurrences)
    try:
        response = case.call(session=session)
        if run.recorder.findings_of(threading.get_ident(), before):
            return
        case.validate_response(
            response,
            excluded_checks=[ignored_auth],  # checks/test_authentication.py covers it
            transport_kwargs={"session": session, "base_url": run.target.base},
        )
    except requests.RequestException:
        return  # the recorder has reported it
    except FailureGroup as group:
        for failure in group.exceptions:
            _report(run, case.operation, failure)


def _report(run: Run, operation: APIOperation[Any, Any, Any, Any], failure: Failure) -> None:
    called = run.spec.operations[str(operation.definition.raw["operationId"])]
    last = run.client.session.last
    message = " ".join(failure.message.split())[:160]
    violation = Violation(failure.title.lower().replace(" ", "-"), message)
    if run.recorder.expectations.of(last.request).operation == called:
        run.recorder.report(called, violation, last)


def coverage(
    schema: BaseSchema, operation: APIOperation[Any, Any, Any, Any]
) -> Iterator[Case[Any]]:
    """Yield the cases of the coverage phase of Schemathesis."""
    modes = list(GenerationMode)
    generation = schema.config.generation_for(operation=operation, phase="coverage")
    return schema.iter_coverage_cases(
        operation, generation_modes=modes, generation_config=generation
    )
