"""Follows the links of the contract from the response of one operation to the next request."""

from __future__ import annotations

from typing import Any

import hypothesis
import pytest
from schemathesis.generation.case import Case

from mock_server.contract.document.spec import Spec

from ..run import schemathesis_cases
from ..run.run import Run

STEPS = 6


def test_links(run: Run) -> None:
    """A request with values from an earlier response gets a response that follows the contract."""
    if not _has_links(run.spec):
        pytest.skip("the contract has no links")
    machine = _machine(run)
    sequences = max(3, run.settings.max_examples // 4)
    machine.TestCase.settings = schemathesis_cases.settings(sequences, stateful_step_count=STEPS)
    machine.run(settings=machine.TestCase.settings)


def _has_links(spec: Spec) -> bool:
    return any(
        "links" in response
        for operation in spec.operations.values()
        for response in spec.data["paths"][operation.path][operation.method.lower()][
            "responses"
        ].values()
    )


def _machine(run: Run) -> Any:
    base = schemathesis_cases.schema_of(run).as_state_machine()

    class Sequence(base):  # type: ignore[misc, valid-type]
        """Leaves judging to the recorder, so that a sequence continues after a finding."""

        def get_call_kwargs(self, case: Case[Any]) -> dict[str, Any]:  # noqa: ARG002
            return {"session": run.client.session}

        def validate_response(self, *_: Any, **__: Any) -> None:
            return None

    return hypothesis.seed(run.settings.seed)(Sequence)
