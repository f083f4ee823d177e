"""The steps of a timeline that ends in a combination of statuses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ...contract.document.resources.status_words import status_values
from ...contract.document.resources.types import Process, ResourceType, TimelineRoles
from ...fixtures.values import Fixture
from ..preview import as_title

RUN_SECONDS = 20  # duration of a process
MAX_LOG_ENTRIES = 12  # copied from an existing fixture


@dataclass(frozen=True)
class ProcessState:
    """The status of a process, whether it is stale, and whether it has an error.

    status: None if the resource does not have the process.
    """

    status: str | None
    stale: bool = False
    error: bool = False


Combination = tuple[ProcessState, ...]  # one state per process
Steps = list[dict[str, Any]]


@dataclass(frozen=True)
class StepWriter:
    """Writes the steps for a type of resource, with the logs and errors of its fixtures."""

    resource_type: ResourceType
    roles: TimelineRoles
    fixtures: tuple[Fixture, ...]

    def steps(self, combination: Combination) -> tuple[Steps, int]:
        """Return steps that end in a combination, and their duration in seconds.

        The last step lacks the status of the resource as a whole.
        """
        present = [
            (process, state)
            for process, state in zip(self.roles.processes, combination, strict=True)
            if state.status is not None
        ]
        first: dict[str, Any] = {"at": 1}
        for process, state in present:
            first |= self._entry(process, self._word("waiting", state.status))
            first |= _member(process, "stale", False)
        steps, seconds = [first], 2
        last: dict[str, Any] = {}
        for process, state in present:
            more, seconds = self._run(process, str(state.status), seconds)
            steps += more
            last |= _member(process, "stale", state.stale)
            if state.error:
                last |= _member(process, "error", self._error(process, state.status))
        return [*steps, {"at": seconds, **last}], seconds

    def final_statuses(self, combination: Combination) -> Iterator[Mapping[str, Any]]:
        """Yield the values that the status of the resource as a whole can have in the last step."""
        own = [
            state.status
            for process, state in zip(self.roles.processes, combination, strict=True)
            if process["status"] in self.roles.status and state.status is not None
        ]
        for word in own or self.roles.phases:
            yield from status_values(self.resource_type, self.roles, word)

    def _run(self, process: Process, status: str, seconds: int) -> tuple[Steps, int]:
        """Return the steps of a process from its start to a status, and the time after them."""
        steps: Steps = []
        if self.roles.phase(status) != "waiting":
            running = self._entry(process, self._word("running", status))
            steps += [{"at": seconds, **running}] if running else []
            if "logs" in process.properties:
                log = self._existing(process, status, "logs") or []
                steps.append({"at": seconds + 1, process["logs"]: log[:MAX_LOG_ENTRIES]})
            seconds += RUN_SECONDS
        if self.roles.ended(status):
            steps.append({"at": seconds, **self._entry(process, status)})
            seconds += 1
        return steps, seconds

    def _word(self, phase: str, status: str | None) -> str | None:
        """Return a status if it has a phase, or else the first that has it; None without any."""
        if self.roles.phase(status) == phase:
            return status
        words = (word for word, each in self.roles.phases.items() if each == phase)
        return next(words, None)

    def _entry(self, process: Process, status: str | None) -> Mapping[str, Any]:
        """Return the properties that give a process a status; none for None."""
        if status is None:
            return {}
        if process["status"] not in self.roles.status:
            return {process["status"]: status}
        return next(status_values(self.resource_type, self.roles, status), {})

    def _error(self, process: Process, status: str | None) -> Any:
        title = as_title(process.name or self.resource_type.label)
        return self._existing(process, status, "error") or f"{title} failed"

    def _existing(self, process: Process, status: str | None, role: str) -> Any:
        """Return the value of a role in the first fixture whose process has a status.

        None if no fixture has one. An empty value counts as absent.
        """
        name = process.get(role) or ""
        values = (fixture.value for fixture in self.fixtures)
        found = (v for v in values if self.roles.status_of_process(process, v) == status)
        return next((value[name] for value in found if value.get(name)), None)


def process_state(roles: TimelineRoles, process: Process, value: Mapping[str, Any]) -> ProcessState:
    """Return the state of a process in a resource."""
    status = roles.status_of_process(process, value)
    stale, error = (value.get(process.get(role) or "") for role in ("stale", "error"))
    return ProcessState(status, bool(stale), bool(error))


def _member(process: Process, role: str, value: Any) -> dict[str, Any]:
    """Return the property with a role and its value; none if the document does not describe it."""
    name = process.get(role)
    return {name: value} if name else {}
