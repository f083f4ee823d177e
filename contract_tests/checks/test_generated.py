"""Sends requests that Schemathesis generates from the contract."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import strategies as st
from schemathesis.generation import GenerationMode
from schemathesis.schemas import APIOperation, BaseSchema

from mock_server.contract.document.operation import Operation

from ..run import schemathesis_cases
from ..run.run import Run


@pytest.fixture(scope="session")
def schema(run: Run) -> BaseSchema:
    return schemathesis_cases.schema_of(run)


@pytest.fixture
def generating(schema: BaseSchema, operation: Operation) -> APIOperation[Any, Any, Any, Any]:
    return schemathesis_cases.operation_of(schema, operation)


def test_examples(run: Run, generating: APIOperation[Any, Any, Any, Any]) -> None:
    """The examples in the contract get responses that follow the contract."""
    for strategy in generating.get_strategies_from_examples():
        schemathesis_cases.run_examples(
            strategy, 1, run.settings.seed, lambda case: schemathesis_cases.send(run, case)
        )


def test_coverage(
    run: Run, schema: BaseSchema, generating: APIOperation[Any, Any, Any, Any]
) -> None:
    """Each constraint of each parameter and property is met and violated once."""
    for case in schemathesis_cases.coverage(schema, generating):
        schemathesis_cases.send(run, case)


def test_fuzzing(run: Run, generating: APIOperation[Any, Any, Any, Any]) -> None:
    """Random valid and invalid requests get responses that follow the contract."""
    strategy = st.one_of([generating.as_strategy(generation_mode=m) for m in GenerationMode])
    max_examples, seed = run.settings.max_examples, run.settings.seed
    schemathesis_cases.run_examples(
        strategy, max_examples, seed, lambda case: schemathesis_cases.send(run, case)
    )
