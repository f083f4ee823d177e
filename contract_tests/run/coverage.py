"""How much of the contract the responses of a target have covered."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise, product
from typing import Any

from mock_server.contract.document.operation import Operation, is_json
from mock_server.contract.document.resources.types import TimelineRoles
from mock_server.contract.document.spec import Spec
from mock_server.contract.exchange import Exchange
from mock_server.contract.judge import Judge, resources_in
from mock_server.contract.requests import Accepted
from mock_server.contract.rules.compilation import Rule
from mock_server.contract.source import json_text

from ..judging import rule_relevance
from ..target.roles import Resource, timed_name

# Responses to requests of one kind for which a rule that was not relevant yet is evaluated again
TRIES = 8
LOG_ENTRIES = 50  # of a long log, that are enough to find out whether a rule is relevant

State = tuple[str, ...]  # the statuses of the processes, in the order of the processes


@dataclass
class Coverage:
    """What the valid responses have covered.

    statuses: how often, by operation and status. forms: by schema and property, whether it was
    present, null or absent. enum_values: by schema and property, the values of its enum. states:
    how often, by the name of a state. transitions: how often, by process, earlier status and later
    status. evaluated_rules: the rules that applied to a response. relevant_rules: those that
    another value would have broken (see `judging/rule_relevance.py`).
    """

    judge: Judge
    statuses: Counter[tuple[str, int]] = field(default_factory=Counter)
    forms: dict[tuple[str, str], set[str]] = field(default_factory=lambda: defaultdict(set))
    enum_values: dict[tuple[str, str], set[str]] = field(default_factory=lambda: defaultdict(set))
    states: Counter[str] = field(default_factory=Counter)
    transitions: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    evaluated_rules: set[str] = field(default_factory=set)
    relevant_rules: set[str] = field(default_factory=set)
    _tries: Counter[tuple[str, Any]] = field(default_factory=Counter)

    def count_status(self, operation: Operation, exchange: Exchange) -> None:
        """Count the status of a valid response."""
        self.statuses[operation.id, exchange.response.status] += 1

    def count_resources(
        self,
        operation: Operation,
        accepted: Accepted,
        exchange: Exchange,
        old: Mapping[str, Resource],
        with_logs: bool,
    ) -> None:
        """Count the resources of a successful response, and the rules that are relevant for them.

        old: earlier observations of resources, by ``Type/key``.
        """
        response = operation.documented(exchange.response.status)
        if response is None or response.events or not is_json_body(exchange):
            return  # the body of a stream is a list of events, and others have no resources
        body = json_text.parse(exchange.response.body)
        resources = list(resources_in(response, body))
        for name, _, resource in resources:
            self._count_properties(name, resource)
            resource_type = self.judge.spec.types[name]
            before = old.get(f"{name}/{resource_type.key_of(resource)}")
            before = before if resource_type.timeline else None
            resource.update(self._first_log_entries(name, resource))
            before = before and {**before, **self._first_log_entries(name, before)}
            self._count_transitions(name, resource, before)
            self._evaluate_schema_rules(name, resource, exchange.now, before, with_logs)
        request = {"query": accepted.query, "path": accepted.path, "body": accepted.body}
        received = {"status": exchange.response.status, "body": body}
        properties = accepted.body if isinstance(accepted.body, dict) else {}
        kind = (tuple(sorted({*accepted.query, *properties})), len(resources) > 1)
        rules = self.judge.rules.of_operations.get(operation.id, ())
        for rule in self._not_yet_relevant(rules, kind):
            if rule_relevance.is_relevant_to_response(
                self.judge, rule, operation.id, request, received, resources, exchange.now
            ):
                self.relevant_rules.add(rule.id)

    def _first_log_entries(self, name: str, resource: Resource) -> dict[str, Any]:
        """Return long logs, shortened. A rule is evaluated many times, and copies them each time.

        If one log is the start of another, this is also true of the shortened ones.
        """
        logs = self.judge.spec.timeline(name).role_properties("logs")
        lists = {each: log for each in logs if isinstance(log := resource.get(each), list)}
        return {each: log[:LOG_ENTRIES] for each, log in lists.items() if len(log) > LOG_ENTRIES}

    def _count_properties(self, name: str, resource: Resource) -> None:
        spec = self.judge.spec
        for property_name, schema in spec.types[name].properties.items():
            value = resource.get(property_name)
            absent = property_name not in resource
            form = "absent" if absent else "null" if value is None else "present"
            self.forms[name, property_name].add(form)
            if isinstance(value, str) and "enum" in schema:
                self.enum_values[name, property_name].add(value)
        if spec.types[name].timeline:
            self.states[state_name(spec, name, state_of(spec, resource, name))] += 1

    def _count_transitions(self, name: str, resource: Resource, old: Resource | None) -> None:
        spec = self.judge.spec
        if old is None:
            return
        states = state_of(spec, old, name), state_of(spec, resource, name)
        for process, before, after in zip(spec.timeline(name).processes, *states, strict=True):
            if before != after:
                self.transitions[process.name or spec.types[name].label, before, after] += 1

    def _evaluate_schema_rules(
        self, name: str, resource: Resource, now: datetime, old: Resource | None, with_logs: bool
    ) -> None:
        spec = self.judge.spec
        rules = [
            rule
            for rule in self.judge.rules.of_schemas.get(name, ())
            if not rule.of_change or (old and (with_logs or not rule.reads_logs))
        ]
        kind = (state_of(spec, resource, name), old is not None)
        for rule in self._not_yet_relevant(rules, kind):
            if rule_relevance.is_relevant_to_value(self.judge, rule, name, resource, now, old):
                self.relevant_rules.add(rule.id)

    def _not_yet_relevant(self, rules: Iterable[Rule], kind: Any) -> Iterator[Rule]:
        """Yield the rules to evaluate again: not relevant yet, and not tried too often.

        kind: hashable; tries are counted separately for each kind of request or resource.
        """
        for rule in rules:
            self.evaluated_rules.add(rule.id)
            if rule.id not in self.relevant_rules and self._tries[rule.id, kind] < TRIES:
                self._tries[rule.id, kind] += 1
                yield rule


def is_json_body(exchange: Exchange) -> bool:
    """Return whether a response has a JSON body."""
    return bool(exchange.response.body) and is_json(exchange.response.media_type)


def state_of(spec: Spec, resource: Resource, name: str = "") -> State:
    """Return the statuses of the processes of a resource; of none without a timeline.

    name: of its type; by default the one whose timelines a run follows.
    """
    roles = spec.timeline(name or timed_name(spec))
    return tuple(str(roles.status_of_process(each, resource)) for each in roles.processes)


def state_name(spec: Spec, name: str, state: State) -> str:
    """Return a state as text; with the type of the resource if several have a timeline."""
    label = f"{spec.types[name].label} " if len(spec.with_timelines) > 1 else ""
    return label + " + ".join(state)


def states(spec: Spec) -> list[str]:
    """Return every possible state: a process only starts after the one before has ended well."""
    return [
        state_name(spec, each.name, state)
        for each in spec.with_timelines
        if each.timeline
        for state in _states_of(each.timeline)
    ]


def _states_of(roles: TimelineRoles) -> Iterator[State]:
    for state in product(roles.phases, repeat=len(roles.processes)):
        phases = [roles.phase(status) for status in state]
        if all(
            later == "waiting" or earlier == "ended-well" for earlier, later in pairwise(phases)
        ):
            yield state


def forms(spec: Spec, name: str, property_name: str) -> set[str]:
    """Return the forms that a property of a resource can have: present, null, absent."""
    declared = spec.types[name]
    null = {"null"} if declared.allows_null(property_name) else set()
    return {"present"} | null | (set() if property_name in declared.required else {"absent"})


def coverage_data(coverage: Coverage, operations: Iterable[Operation]) -> dict[str, Any]:
    """Return the coverage as JSON data: for each kind, what was covered and what was not."""
    spec = coverage.judge.spec
    entities = {name for operation in operations for name, _ in operation.success.resources}
    enums = {
        (name, property_name): {each for each in schema["enum"] if isinstance(each, str)}
        for name in sorted(entities)
        for property_name, schema in spec.types[name].properties.items()
        if "enum" in schema
    }
    return {
        "statuses": _split(
            (f"{operation.id} {status}", (operation.id, status) in coverage.statuses)
            for operation in operations
            for status in operation.responses
        ),
        "properties": _split(
            (f"{name}.{property_name} {form}", form in coverage.forms[name, property_name])
            for name in sorted(entities)
            for property_name in spec.types[name].properties
            for form in sorted(forms(spec, name, property_name))
        ),
        "words": _split(
            (f"{name}.{property_name} {value}", value in coverage.enum_values[name, property_name])
            for (name, property_name), values in enums.items()
            for value in sorted(values, key=str)
        ),
        "states": _split((state, state in coverage.states) for state in states(spec)),
        "transitions": {
            f"{process}: {before} → {after}": count
            for (process, before, after), count in sorted(coverage.transitions.items())
        },
    }


def _split(names: Iterable[tuple[str, bool]]) -> dict[str, list[str]]:
    """Return the names that were covered, and those that were not."""
    covered: list[str] = []
    not_covered: list[str] = []
    for name, is_covered in names:
        (covered if is_covered else not_covered).append(name)
    return {"seen": covered, "not_seen": not_covered}
