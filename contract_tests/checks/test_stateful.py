"""Checks sequences of requests: along the links of the contract, and random ones with restarts."""

from __future__ import annotations

import time
from typing import Any

import hypothesis
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test
from schemathesis.generation.case import Case

from mock_server.contract.document.operation import Operation
from mock_server.contract.document.spec import Spec
from mock_server.contract.violations import Violation, show

from ..cases.generation import settings
from ..resources.findings import article
from ..run import schemathesis_cases
from ..run.run import Run
from ..run.timelines import RestartOperations
from ..target.roles import SUCCESSES, Resource, restarts, timed_name
from .test_lookups import key_of, known_lookups
from .test_timelines import resources_to_restart

STEPS = 6  # along links
SEQUENCES = 4
STEPS_OF_A_SEQUENCE = 12
PAUSE = 0.05  # seconds


def test_links(run: Run) -> None:
    """A request with values from an earlier response gets a response that follows the contract."""
    if not _has_links(run.spec):
        pytest.skip("the contract has no links")
    machine = _link_machine(run)
    sequences = max(3, run.settings.max_examples // 4)
    machine.TestCase.settings = settings(sequences, stateful_step_count=STEPS)
    machine.run(settings=machine.TestCase.settings)


def _has_links(spec: Spec) -> bool:
    return any(
        "links" in response
        for operation in spec.operations.values()
        for response in spec.data["paths"][operation.path][operation.method.lower()][
            "responses"
        ].values()
    )


def _link_machine(run: Run) -> Any:
    base = schemathesis_cases.schema_of(run).as_state_machine()

    class Sequence(base):  # type: ignore[misc, valid-type]
        """Leaves judging to the recorder, so that a sequence continues after a finding."""

        def get_call_kwargs(self, case: Case[Any]) -> dict[str, Any]:  # noqa: ARG002
            return {"session": run.client.session}

        def validate_response(self, *_: Any, **__: Any) -> None:
            return None

    return hypothesis.seed(run.settings.seed)(Sequence)


def test_random_sequences(run: Run) -> None:
    """In any sequence of requests, every resource is found and can be restarted."""
    operations, resources = run.restart_operations, resources_to_restart(run)
    if operations is None or not resources:
        pytest.skip(f"no known {run.label} can be restarted")
    machine = _resource_machine(run, operations, resources)
    seeded = hypothesis.seed(run.settings.seed)(machine)
    step_count = STEPS_OF_A_SEQUENCE
    run_state_machine_as_test(seeded, settings=settings(SEQUENCES, stateful_step_count=step_count))


def _resource_machine(run: Run, operations: RestartOperations, resources: list[Resource]) -> Any:
    spec, key = run.spec, run.key
    keys = {resource[key] for resource in resources}
    reads = [
        (operation, values, resource[key])
        for operation, lookup in run.offered
        if lookup.finds == timed_name(spec) and not restarts(spec, operation)
        for _, values, resource in known_lookups(run, operation)
        if resource[key] in keys
    ]

    class Sequence(RuleBasedStateMachine):
        """The recorder judges every response by the rules about changes."""

        @rule(read=st.sampled_from(reads))
        def read(self, read: tuple[Operation, dict[str, Any], str]) -> None:
            operation, values, expected = read
            exchange = run.client.call(operation, values)
            resources = run.client.resources(operation, exchange)
            keys = [resource.get(key_of(run, operation)) for resource in resources]
            if expected not in keys:
                message = f"must find {article(run.label)} after a restart as before"
                status = exchange.response.status
                found = f"status {status} with {key} {show(keys)}, without {show(expected)}"
                run.recorder.report(operation, Violation("walk", message, found=found), exchange)

        @rule(resource=st.sampled_from(resources))
        def restart(self, resource: Resource) -> None:
            operation, parameter = operations.restart
            exchange = run.client.call(operation, {parameter: resource[key]})
            if exchange.response.status not in SUCCESSES:
                message = f"status must be {operation.success.status} for a restart in any state"
                found = str(exchange.response.status)
                run.recorder.report(operation, Violation("status", message, found=found), exchange)

        @rule()
        def wait(self) -> None:
            time.sleep(PAUSE)

    return Sequence
