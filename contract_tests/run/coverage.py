"""How much of the contract an implementation has shown: what was seen, of what there is."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise, product
from typing import Any

from mock_server.contract.document.spec import Operation, Spec, resolve
from mock_server.contract.judge import Judge, entities_in
from mock_server.contract.requests import Accepted
from mock_server.contract.rules.compilation import Rule
from mock_server.contract.source import json_text

from ..judging import rule_relevance
from ..target.roles import SUCCESS, Resource
from ..target.target import Exchange

TRIES = 8  # answers to requests of one kind of which a rule is asked whether it says anything

State = tuple[str, ...]  # the status words of the processes, in their order


@dataclass
class Coverage:
    """What the answers that keep the contract have shown.

    statuses: by operation and status, how often. forms: by entity and property, whether it was seen
    with a value, as null, and absent. words: by entity and property, the words of its enum. moves:
    by process, from which status to which. relevant_rules: the rules that had something to say.
    """

    judge: Judge
    statuses: Counter[tuple[str, int]] = field(default_factory=Counter)
    forms: dict[tuple[str, str], set[str]] = field(default_factory=lambda: defaultdict(set))
    words: dict[tuple[str, str], set[str]] = field(default_factory=lambda: defaultdict(set))
    states: Counter[State] = field(default_factory=Counter)
    moves: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    evaluated_rules: set[str] = field(default_factory=set)
    relevant_rules: set[str] = field(default_factory=set)
    _tries: Counter[tuple[str, Any]] = field(default_factory=Counter)

    def count_status(self, operation: Operation, exchange: Exchange) -> None:
        """Counts an answer that keeps the contract."""
        self.statuses[operation.id, exchange.response.status] += 1

    def count_resources(
        self,
        operation: Operation,
        asked: Accepted,
        exchange: Exchange,
        old: Mapping[str, Resource],
        with_logs: bool,
    ) -> None:
        """Counts what a successful answer shows; old: earlier observations of releases."""
        response = operation.responses[SUCCESS]
        if response.events:
            return  # a stream shows its things event by event
        body = json_text.parse(exchange.response.body)
        resources = list(entities_in(response, body))
        for name, _, value in resources:
            self._show(name, value)
            before = old.get(value[self.judge.spec.entities[name].key])
            before = before if name == self.judge.spec.release else None
            self._ask(name, value, exchange.now, before, with_logs)
        request = {"query": asked.query, "body": asked.body}
        told = {"status": SUCCESS, "body": body}
        given = asked.body if isinstance(asked.body, dict) else {}
        kind = (tuple(sorted({*asked.query, *given})), len(resources) > 1)
        for rule in self._open(self.judge.rules.of_operations.get(operation.id, ()), kind):
            if rule_relevance.is_relevant_to_response(
                self.judge, rule, operation.id, request, told, resources, exchange.now
            ):
                self.relevant_rules.add(rule.id)

    def _show(self, name: str, value: Resource) -> None:
        spec = self.judge.spec
        for each, schema in spec.schema(name)["properties"].items():
            here = value.get(each)
            form = "absent" if each not in value else "null" if here is None else "present"
            self.forms[name, each].add(form)
            if isinstance(here, str) and "enum" in resolve(spec.data, schema):
                self.words[name, each].add(here)
        if name == spec.release:
            self.states[state_of(spec, value)] += 1

    def _ask(
        self, name: str, value: Resource, now: datetime, old: Resource | None, with_logs: bool
    ) -> None:
        spec = self.judge.spec
        if old is not None:
            for process, was, now_is in zip(
                spec.build.processes, state_of(spec, old), state_of(spec, value), strict=True
            ):
                if was != now_is:
                    self.moves[process.name, was, now_is] += 1
        rules = self.judge.rules.of_schemas.get(name, ())
        due = [r for r in rules if not r.of_change or (old and (with_logs or not r.reads_logs))]
        kind = (state_of(spec, value) if name == spec.release else (), old is not None)
        for rule in self._open(due, kind):
            if rule_relevance.is_relevant_to_value(self.judge, rule, name, value, now, old):
                self.relevant_rules.add(rule.id)

    def _open(self, rules: Iterable[Rule], kind: Any) -> Iterator[Rule]:
        """The rules that have said nothing yet, and have not been asked too often of this kind."""
        for rule in rules:
            self.evaluated_rules.add(rule.id)
            if rule.id not in self.relevant_rules and self._tries[rule.id, kind] < TRIES:
                self._tries[rule.id, kind] += 1
                yield rule


def state_of(spec: Spec, release: Resource) -> State:
    """The status words of a release's processes."""
    return tuple(str(release.get(name)) for name in spec.build.role_properties("status"))


def states(spec: Spec) -> list[State]:
    """Every combination of status words that processes which run one after another can show."""
    words = list(spec.phases)

    def can_be(state: State) -> bool:
        phases = [spec.phase(word) for word in state]
        return all(
            later == "waiting" or earlier == "ended-well" for earlier, later in pairwise(phases)
        )

    return [state for state in product(words, repeat=len(spec.build.processes)) if can_be(state)]


def forms(spec: Spec, name: str, property_name: str) -> set[str]:
    """Whether a property of an entity may be present, null and absent."""
    schema = resolve(spec.data, spec.schema(name)["properties"][property_name])
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    return (
        {"present"}
        | ({"null"} if "null" in kinds else set())
        | (set() if property_name in spec.schema(name).get("required", ()) else {"absent"})
    )


def extent(coverage: Coverage, operations: Iterable[Operation]) -> dict[str, Any]:
    """The coverage as data: for each kind of thing, what was seen and what was not."""
    spec = coverage.judge.spec
    entities = {
        name
        for operation in operations
        if SUCCESS in operation.responses
        for name, _ in operation.responses[SUCCESS].entities
    }
    enums = {
        (name, each): set(resolve(spec.data, schema)["enum"])
        for name in sorted(entities)
        for each, schema in spec.schema(name)["properties"].items()
        if "enum" in resolve(spec.data, schema)
    }
    return {
        "statuses": _parted(
            (f"{operation.id} {status}", (operation.id, status) in coverage.statuses)
            for operation in operations
            for status in operation.responses
        ),
        "properties": _parted(
            (f"{name}.{each} {form}", form in coverage.forms[name, each])
            for name in sorted(entities)
            for each in spec.schema(name)["properties"]
            for form in sorted(forms(spec, name, each))
        ),
        "words": _parted(
            (f"{name}.{each} {word}", word in coverage.words[name, each])
            for (name, each), words in enums.items()
            for word in sorted(words)
        ),
        "states": _parted((" + ".join(s), s in coverage.states) for s in states(spec)),
        "transitions": {
            f"{process}: {was} → {now_is}": count
            for (process, was, now_is), count in sorted(coverage.moves.items())
        },
    }


def _parted(pairs: Iterable[tuple[str, bool]]) -> dict[str, list[str]]:
    seen: list[str] = []
    unseen: list[str] = []
    for name, was_seen in pairs:
        (seen if was_seen else unseen).append(name)
    return {"seen": seen, "not_seen": unseen}
