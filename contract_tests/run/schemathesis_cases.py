"""Schemathesis on a target: its cases and its checks, over the record of the run."""

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

from mock_server.contract.document.spec import Operation
from mock_server.contract.violations import Violation

from ..target.roles import lookup_values, restarts
from .run import Run

# The record judges these better, from what was really sent; the others stay on as a second opinion.
JUDGED_BY_THE_RECORD = (
    "negative_data_rejection",
    "positive_data_acceptance",
    "missing_required_header",
    "unsupported_method",
)
KNOWN_SHARE = 0.6  # of generated requests ask by known texts, else nearly all would find nothing


def schema_of(run: Run) -> BaseSchema:
    """The contract as Schemathesis reads it, set up for the run's target."""
    config = SchemathesisConfig.from_dict(_config(run))
    schema = schemathesis.openapi.from_dict(copy.deepcopy(run.spec.data), config=config)
    left_out = [
        operation.id
        for operation in run.spec.operations.values()
        if operation.optional or operation.id in run.recorder.ignored
    ]
    return schema.exclude(operation_id=left_out) if left_out else schema


def _config(run: Run) -> dict[str, Any]:
    dictionaries: dict[str, Any] = {}
    operations = []
    for operation in run.spec.operations.values():
        bound = {}
        for name, values in _known_values(run, operation).items():
            dictionary = f"{operation.id}.{name}"
            dictionaries[dictionary] = {"values": values}
            place = "body" if operation.body else "query"
            bound[f"{place}.{name}"] = {"dictionary": dictionary, "probability": KNOWN_SHARE}
        operations.append({"include-operation-id": operation.id, "parameters": bound})
    config: dict[str, Any] = {
        "seed": run.settings.seed,
        "base-url": run.target.base,
        "dictionaries": dictionaries,
        "operations": operations,
        "request-timeout": run.target.timeout,
        "checks": {name: {"enabled": False} for name in JUDGED_BY_THE_RECORD},
    }
    if run.target.token is not None:
        schemes = run.spec.data["components"].get("securitySchemes", {})
        bearer = [name for name, says in schemes.items() if says.get("scheme") == "bearer"]
        config["auth"] = {"openapi": {name: {"bearer": run.target.token} for name in bearer}}
    return config


def _known_values(run: Run, operation: Operation) -> dict[str, list[str]]:
    """By request key, the known texts that it can be asked by."""
    values: dict[str, list[str]] = {}
    if operation.lookup is None:
        return values
    for chain in run.known.chains:
        found = chain.get(run.spec.release)
        if found is not None and restarts(run.spec, operation) and run.is_followed(found):
            continue  # its build is to come to its end
        for way in operation.lookup.ways:
            for key, text in (lookup_values(way, chain) or {}).items():
                values.setdefault(key, []).append(text)
        for name in operation.lookup.filters:
            value = (found or {}).get(name)
            if isinstance(value, str):
                values.setdefault(name, []).append(value)
    return {name: list(dict.fromkeys(texts)) for name, texts in values.items()}


def operation_of(schema: BaseSchema, operation: Operation) -> APIOperation[Any, Any, Any, Any]:
    """An operation of the contract as Schemathesis reads it."""
    return schema[operation.path][operation.method]


def send(run: Run, case: Case[Any]) -> None:
    """Sends a case; what is wrong with its answer stands in the record afterwards."""
    if run.recorder.target_is_gone:
        return
    session, before = run.client.session, len(run.recorder.occurrences)
    try:
        response = case.call(session=session)
        if run.recorder.findings_of(threading.get_ident(), before):
            return
        case.validate_response(
            response, transport_kwargs={"session": session, "base_url": run.target.base}
        )
    except requests.RequestException:
        return  # the record has noted it
    except FailureGroup as group:
        for failure in group.exceptions:
            _note(run, case.operation, failure)


def _note(run: Run, operation: APIOperation[Any, Any, Any, Any], failure: Failure) -> None:
    mine = run.spec.operations[str(operation.definition.raw["operationId"])]
    last = run.client.session.last
    message = " ".join(failure.message.split())[:160]
    violation = Violation(failure.title.lower().replace(" ", "-"), message)
    if run.recorder.expectations.of(last.request).operation == mine:
        run.recorder.report(mine, violation, last)


def settings(max_examples: int, **more: Any) -> hypothesis.settings:
    """Hypothesis without what needs a failing test: the record keeps the shortest request."""
    return hypothesis.settings(
        max_examples=max_examples,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        **more,
    )


def each(strategy: Any, max_examples: int, seed: int, use: Callable[[Case[Any]], None]) -> None:
    """Uses so many examples of a strategy, the same ones for the same seed."""

    @hypothesis.seed(seed)
    @settings(max_examples)
    @hypothesis.given(case=strategy)
    def ask(case: Case[Any]) -> None:
        use(case)

    try:
        ask()
    except hypothesis.errors.Unsatisfiable:
        return  # there is no such case for this operation


def coverage(
    schema: BaseSchema, operation: APIOperation[Any, Any, Any, Any]
) -> Iterator[Case[Any]]:
    """The cases of Schemathesis' coverage phase."""
    modes = list(GenerationMode)
    generation = schema.config.generation_for(operation=operation, phase="coverage")
    return schema.iter_coverage_cases(
        operation, generation_modes=modes, generation_config=generation
    )
