"""Checks random sequences of reads, lists, rebuilds and waiting."""

from __future__ import annotations

import time
from typing import Any

import hypothesis
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from mock_server.contract.document.spec import Operation
from mock_server.contract.violations import Violation, show

from ..run import schemathesis_cases
from ..run.builds import ReleaseOperations
from ..run.run import Run
from ..target.roles import SUCCESS, Resource, restarts
from .test_lookups import key_of, known_lookups
from .test_rebuilds import releases_to_rebuild

SEQUENCES = 4
STEPS = 12
PAUSE = 0.05  # seconds


def test_random_sequences(run: Run) -> None:
    """In any sequence of requests, every release is found and can be rebuilt."""
    operations, releases = run.release_operations, releases_to_rebuild(run)
    if operations is None or not releases:
        pytest.skip("no known release can be rebuilt")
    machine = _machine(run, operations, releases)
    settings = schemathesis_cases.settings(SEQUENCES, stateful_step_count=STEPS)
    run_state_machine_as_test(hypothesis.seed(run.settings.seed)(machine), settings=settings)


def _machine(run: Run, operations: ReleaseOperations, releases: list[Resource]) -> Any:
    spec, key = run.spec, run.release_key
    keys = {release[key] for release in releases}
    reads = [
        (operation, values, release[key])
        for operation, lookup in run.offered
        if lookup.finds == spec.release and not restarts(spec, operation)
        for _, values, release in known_lookups(run, operation)
        if release[key] in keys
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
                message = "must find a release after a rebuild as before"
                status = exchange.response.status
                found = f"status {status} with {key} {show(keys)}, without {show(expected)}"
                run.recorder.report(operation, Violation("walk", message, found=found), exchange)

        @rule(release=st.sampled_from(releases))
        def rebuild(self, release: Resource) -> None:
            operation, parameter = operations.rebuild
            exchange = run.client.call(operation, {parameter: release[key]})
            if exchange.response.status != SUCCESS:
                message = f"status must be {SUCCESS} for a rebuild in any state"
                found = str(exchange.response.status)
                run.recorder.report(operation, Violation("status", message, found=found), exchange)

        @rule()
        def wait(self) -> None:
            time.sleep(PAUSE)

    return Sequence
