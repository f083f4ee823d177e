"""Sends requests that Schemathesis generates from the contract."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import count
from typing import Any

import pytest
from hypothesis import strategies as st
from schemathesis.generation import GenerationMode
from schemathesis.generation.case import Case
from schemathesis.schemas import APIOperation, BaseSchema

from mock_server.contract.document.operation import Operation

from ..cases.generation import run_examples
from ..run import schemathesis_cases
from ..run.run import Run
from ..run.schemathesis_cases import use_knowledge
from ..target.roles import follows_timeline


@pytest.fixture(scope="session")
def schema(run: Run) -> BaseSchema:
    return schemathesis_cases.schema_of(run)


@pytest.fixture
def generating(schema: BaseSchema, operation: Operation) -> APIOperation[Any, Any, Any, Any]:
    return schemathesis_cases.operation_of(schema, operation)


def send_numbered(run: Run, operation: Operation, numbers: Iterator[int], case: Case[Any]) -> None:
    """Send a generated request. Without timelines, most have known ids as their path parameters."""
    if follows_timeline(run.spec) or use_knowledge(run, operation, case, next(numbers)):
        schemathesis_cases.send(run, case)


def test_examples(
    run: Run, generating: APIOperation[Any, Any, Any, Any], operation: Operation
) -> None:
    """The examples in the contract get responses that follow the contract."""
    for strategy in generating.get_strategies_from_examples():
        run_examples(
            strategy, 1, run.settings.seed, partial(send_numbered, run, operation, count())
        )


def test_coverage(
    run: Run,
    schema: BaseSchema,
    generating: APIOperation[Any, Any, Any, Any],
    operation: Operation,
) -> None:
    """Each constraint of each parameter and property is met and violated once."""
    numbers = count()
    for case in schemathesis_cases.coverage(schema, generating):
        send_numbered(run, operation, numbers, case)


def test_fuzzing(
    run: Run, generating: APIOperation[Any, Any, Any, Any], operation: Operation
) -> None:
    """Random valid and invalid requests get responses that follow the contract."""
    strategy = st.one_of([generating.as_strategy(generation_mode=m) for m in GenerationMode])
    max_examples, seed = run.settings.max_examples, run.settings.seed
    run_examples(strategy, max_examples, seed, partial(send_numbered, run, operation, count()))
