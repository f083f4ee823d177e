"""A walk over get, list, rebuild and waiting, against a model of what may be seen next."""

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
from .test_lookups import key_of, ways
from .test_rebuilds import to_rebuild

WALKS = 4
STEPS = 12
PAUSE = 0.05  # seconds


def test_a_walk(run: Run) -> None:
    """Whatever is done in whatever order, what is seen follows from what was done."""
    access, releases = run.access, to_rebuild(run)
    if access is None or not releases:
        pytest.skip("no known release can be rebuilt")
    machine = _machine(run, access, releases)
    settings = schemathesis_cases.settings(WALKS, stateful_step_count=STEPS)
    run_state_machine_as_test(hypothesis.seed(run.settings.seed)(machine), settings=settings)


def _machine(run: Run, access: ReleaseOperations, releases: list[Resource]) -> Any:
    spec, key = run.spec, run.spec.entities[run.spec.release].key
    keys = {release[key] for release in releases}
    routes = [
        (operation, asked, resource[key])
        for operation, lookup in run.offered
        if lookup.finds == spec.release and not restarts(spec, operation)
        for _, asked, resource in ways(run, operation)
        if resource[key] in keys
    ]

    class Walk(RuleBasedStateMachine):
        """The record judges every answer; the model knows what each rebuild has to show."""

        @rule(route=st.sampled_from(routes))
        def see(self, route: tuple[Operation, dict[str, Any], str]) -> None:
            operation, asked, wanted = route
            seen = run.client.call(operation, asked)
            shown = [t.get(key_of(run, operation)) for t in run.client.resources(operation, seen)]
            if wanted not in shown:
                message = "what was rebuilt is found as it was before"
                told = f"{show(wanted)} is not in {seen.response.status} {show(shown)}"
                run.recorder.report(operation, Violation("walk", message, found=told), seen)

        @rule(release=st.sampled_from(releases))
        def rebuild(self, release: Resource) -> None:
            operation, asked_by = access.restart
            seen = run.client.call(operation, {asked_by: release[key]})
            if seen.response.status != SUCCESS:
                message = f"answers status {SUCCESS}: a release is rebuilt whatever its status"
                told = Violation("status", message, found=str(seen.response.status))
                run.recorder.report(operation, told, seen)

        @rule()
        def wait(self) -> None:
            time.sleep(PAUSE)

    return Walk
