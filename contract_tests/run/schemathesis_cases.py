"""Runs the cases and the checks of Schemathesis over the session of the run."""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable, Iterator
from typing import Any

import hypothesis
import requests
import schemathesis
from hypothesis import HealthCheck, Phase
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.generation import GenerationMode
from schemathesis.generation.case import Case
from schemathesis.schemas import APIOperation, BaseSchema
from schemathesis.specs.openapi.checks import ignored_auth

from mock_server.contract.document.operation import Operation
from mock_server.contract.violations import Violation

from ..target.roles import lookup_values, restarts
from .run import Run

# The recorder checks these too, and from the request as it was sent. All other checks stay on.
CHECKED_BY_THE_RECORDER = (
    "negative_data_rejection",
    "positive_data_acceptance",
    "missing_required_header",
    "unsupported_method",
)
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
            location = "body" if operation.body else "query"
            bound[f"{location}.{name}"] = {"dictionary": dictionary, "probability": KNOWN_SHARE}
        operations.append({"include-operation-id": operation.id, "parameters": bound})
    config: dict[str, Any] = {
        "seed": run.settings.seed,
        "base-url": run.target.base,
        "dictionaries": dictionaries,
        "operations": operations,
        "request-timeout": run.target.timeout,
        "checks": {name: {"enabled": False} for name in CHECKED_BY_THE_RECORDER},
    }
    if run.target.token is not None:
        schemes = run.spec.data["components"].get("securitySchemes", {})
        bearer = [name for name, scheme in schemes.items() if scheme.get("scheme") == "bearer"]
        config["auth"] = {"openapi": {name: {"bearer": run.target.token} for name in bearer}}
    return config


def _known_values(run: Run, operation: Operation) -> dict[str, list[str]]:
    """Return the known ids and names that an operation takes, by request property."""
    values: dict[str, list[str]] = {}
    if operation.lookup is None:
        return values
    for chain in run.known.chains:
        release = chain.get(run.spec.release)
        if release is not None and restarts(run.spec, operation) and run.is_followed(release):
            continue  # a rebuild would delay the end of the build that the run follows
        for way in operation.lookup.ways:
            for key, text in (lookup_values(way, chain) or {}).items():
                values.setdefault(key, []).append(text)
        for name in operation.lookup.filters:
            value = (release or {}).get(name)
            if isinstance(value, str):
                values.setdefault(name, []).append(value)
    return {name: list(dict.fromkeys(texts)) for name, texts in values.items()}


def operation_of(schema: BaseSchema, operation: Operation) -> APIOperation[Any, Any, Any, Any]:
    """Return an operation of the contract as an operation of Schemathesis."""
    return schema[operation.path][operation.method]


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


def settings(max_examples: int, **more: Any) -> hypothesis.settings:
    """Return settings that generate examples and do not shrink them.

    No test fails, and the recorder keeps the shortest request.
    """
    return hypothesis.settings(
        max_examples=max_examples,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        **more,
    )


def run_examples(
    strategy: Any, max_examples: int, seed: int, use: Callable[[Case[Any]], None]
) -> None:
    """Call ``use`` with examples of a strategy. The same seed yields the same examples."""

    @hypothesis.seed(seed)
    @settings(max_examples)
    @hypothesis.given(case=strategy)
    def use_case(case: Case[Any]) -> None:
        use(case)

    try:
        use_case()
    except hypothesis.errors.Unsatisfiable:
        return  # the operation has no such case


def coverage(
    schema: BaseSchema, operation: APIOperation[Any, Any, Any, Any]
) -> Iterator[Case[Any]]:
    """Yield the cases of the coverage phase of Schemathesis."""
    modes = list(GenerationMode)
    generation = schema.config.generation_for(operation=operation, phase="coverage")
    return schema.iter_coverage_cases(
        operation, generation_modes=modes, generation_config=generation
    )
