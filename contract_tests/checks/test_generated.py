"""Requests that Schemathesis generates from the contract: its examples, its edges, at random."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import strategies as st
from schemathesis.generation import GenerationMode
from schemathesis.schemas import APIOperation, BaseSchema

from mock_server.contract.document.spec import Operation

from ..run import schemathesis_cases
from ..run.run import Run


@pytest.fixture(scope="session")
def schema(run: Run) -> BaseSchema:
    return schemathesis_cases.schema_of(run)


@pytest.fixture
def generating(schema: BaseSchema, operation: Operation) -> APIOperation[Any, Any, Any, Any]:
    return schemathesis_cases.operation_of(schema, operation)


def test_examples(run: Run, generating: APIOperation[Any, Any, Any, Any]) -> None:
    """The examples in the contract are answered as the contract says."""
    for strategy in generating.get_strategies_from_examples():
        schemathesis_cases.each(
            strategy, 1, run.settings.seed, lambda case: schemathesis_cases.send(run, case)
        )


def test_coverage(
    run: Run, schema: BaseSchema, generating: APIOperation[Any, Any, Any, Any]
) -> None:
    """Each constraint of each parameter and property is kept and broken once."""
    for case in schemathesis_cases.coverage(schema, generating):
        schemathesis_cases.send(run, case)


def test_fuzzing(run: Run, generating: APIOperation[Any, Any, Any, Any]) -> None:
    """Random requests, valid ones and others, are answered as the contract says."""
    strategy = st.one_of([generating.as_strategy(generation_mode=m) for m in GenerationMode])
    effort, seed = run.settings.max_examples, run.settings.seed
    schemathesis_cases.each(strategy, effort, seed, lambda case: schemathesis_cases.send(run, case))
