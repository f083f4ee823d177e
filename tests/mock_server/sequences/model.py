"""A small model of a session: the resources that exist, and the status of each over time.

It reads the files itself and shares no code with the state of the mock.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from mock_server.contract.document.resources.types import ResourceType, key_text
from mock_server.contract.document.spec import Spec
from mock_server.fixtures.values import Fixtures

Value = Mapping[str, Any]
Course = tuple[int, tuple[tuple[int, str | None], ...]]  # its start (ms), and (at, status)


@dataclass
class Known:
    """A resource: what no timeline changes, and the course of its status if it has one."""

    type: ResourceType
    fixed: dict[str, Any]
    course: Course | None = None

    def status(self, now: int) -> str | None:
        """Return the status at a time (ms)."""
        assert self.course is not None
        start, steps = self.course
        return [status for at, status in steps if at <= max(now - start, 0)][-1]


@dataclass
class Model:
    """The resources of a session by their type and key."""

    spec: Spec
    fixtures: Fixtures
    started_at: int
    known: dict[str, dict[str, Known]] = field(default_factory=dict)

    def reset(self, now: int) -> None:
        """Start again with the resources of the fixtures."""
        self.started_at = now
        self.known = {name: {} for name in self.spec.types}
        for listed in self.fixtures.listed:
            self.add(listed.type, listed.value, None)
        for fixture in self.fixtures.fixtures.values():
            value = {**fixture.document.data["resource"], **fixture.document.data.get("extra", {})}
            self.add(fixture.type, value, self.course_of(fixture.name))

    def course_of(self, fixture: str, scenario: str | None = None) -> Course | None:
        """Return the course of a fixture, or of a scenario, that starts at the session's start."""
        found = self.fixtures.fixtures[fixture]
        if found.type.timeline is None:
            return None
        status = found.type.timeline.status_of(found.document.data["resource"])
        steps = [(0, status)]
        if scenario is not None:
            for step in self.fixtures.scenarios[scenario].document.data["steps"]:
                words = [step[name] for name in found.type.timeline.status if name in step]
                status = words[-1] if words else status
                steps.append((round(step["at"] * 1000), status))
        return self.started_at, tuple(steps)

    def playing(self, scenario: str, now: int) -> Course:
        """Return the course of a scenario that starts now."""
        course = self.course_of(self.fixtures.scenarios[scenario].document.data["from"], scenario)
        assert course is not None
        return now, course[1]

    def default_scenario(self, type_name: str) -> str | None:
        """Return the scenario that a new or restarted resource of a type plays."""
        scenarios = self.fixtures.scenarios_of(type_name).values()
        return next((s.name for s in scenarios if s.document.data.get("default")), None)

    def add(self, resource_type: ResourceType, value: Value, course: Course | None) -> Known:
        """Add or replace a resource."""
        known = Known(resource_type, self.fixed(resource_type, value), course)
        self.known[resource_type.name][self.key(resource_type, value)] = known
        return known

    @staticmethod
    def fixed(resource_type: ResourceType, value: Value) -> dict[str, Any]:
        """Return the properties that neither time nor another resource changes."""
        moving = resource_type.timeline.properties if resource_type.timeline else frozenset()
        inner = resource_type.inner_timestamps.keys() | resource_type.embedded.keys()
        left_out = moving | resource_type.timestamps.keys() | inner
        fixed = resource_type.properties.keys() - left_out  # a timeline also has undeclared ones
        return {name: each for name, each in value.items() if name in fixed}

    @staticmethod
    def key(resource_type: ResourceType, value: Value) -> str:
        """Return the key of a resource as text."""
        return "/".join(key_text(value[name]) for name in resource_type.keys)

    def remove(self, type_name: str, key: str) -> None:
        """Remove a resource, and those that belong to it."""
        del self.known[type_name][key]
        for child in self.spec.types.values():
            if child.parent == type_name:
                for child_key in [*self.known[child.name]]:
                    if self.parent_key(child, self.known[child.name][child_key].fixed) == key:
                        self.remove(child.name, child_key)

    @staticmethod
    def parent_key(resource_type: ResourceType, value: Value) -> str | None:
        """Return the key of the parent as text."""
        values = [value.get(name) for name in resource_type.parent_keys]
        return None if None in values else "/".join(map(key_text, values))

    def lineage(self, type_name: str, key: str) -> Iterator[Known]:
        """Yield a resource, its parent, and so on."""
        known = self.known[type_name].get(key)
        while known is not None:
            yield known
            parent, above = self.parent_key(known.type, known.fixed), known.type.parent
            known = self.known[above].get(parent or "") if above else None

    def owns(self, caller: str, type_name: str, key: str) -> bool:
        """Return whether a caller (its key) is at the end of the parents of a resource."""
        last = [*self.lineage(type_name, key)][-1]
        return self.key(last.type, last.fixed) == caller
