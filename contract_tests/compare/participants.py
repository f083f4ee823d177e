"""One of the two targets: how it performs a sequence, and what its responses look like."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import requests

from mock_server.contract.document.operation import Operation
from mock_server.contract.exchange import Exchange
from mock_server.contract.judge import Judge
from mock_server.contract.source import json_text
from mock_server.contract.traffic import RESPONSE, TrafficJudge, traffic_judge
from mock_server.contract.violations import Violation, pointer

from ..config.options import Settings
from ..findings.findings import without_indexes
from ..judging.implied import with_implied_requirements
from ..resources.bodies import Bodies
from ..resources.calls import Call, send, send_values
from ..resources.world import World
from ..run.any_api import explorer_of
from ..run.discovery import prepare
from ..run.run import Run
from ..target.paths import parameter_names
from ..target.roles import Chain, timed_name
from ..target.type_operations import values_of
from .sequences import CALL, CREATE, EMPTY_BODY, NO_CREDENTIALS, UNKNOWN, Sequence, Step

UNKNOWN_NUMBER, UNKNOWN_TEXT = 987_654_321, "no-such-key"
MAX_CHOSEN = 50  # resources of a type
MOCK_PATH = "/_mock/health"  # of this project's mock, below the server's root
Shape = Mapping[str, frozenset[str]]  # JSON pointer, with * for each index → JSON types


@dataclass(frozen=True)
class Outcome:
    """The last response of a sequence. violations: by rule and pointer."""

    exchange: Exchange
    operation: Operation
    shape: Shape
    violations: Mapping[tuple[str, str], Violation]

    @property
    def status(self) -> int:
        return self.exchange.response.status


@dataclass
class Participant:
    """A target. name: A or B. is_mock: whether it is the mock of this project.

    chosen: the resources of each type that are compared; the sequences use the first.
    """

    name: str
    run: Run
    world: World
    traffic: TrafficJudge
    is_mock: bool = False
    chosen: dict[str, list[Chain]] = field(default_factory=dict)

    def chains(self, name: str) -> list[Chain]:
        """Return the known resources of a type; those that the caller owns come first."""
        token, timed = self.run.target.token, timed_name(self.run.spec)
        if name == timed:
            owned = [each[self.run.key] for each in self.run.resources(of_token=token)]
            known = [{**chain, name: each} for each, chain in self.run.known.of(name)]
            return sorted(known, key=lambda chain: chain[name].get(self.run.key) not in owned)
        of_known = [{**chain, name: each} for each, chain in self.run.known.of(name)]
        return [*self.world.owned(name), *self.world.known(name), *of_known]

    def perform(self, sequence: Sequence) -> Outcome | None:
        """Send the requests of a sequence; None if one of them cannot be made.

        Raises requests.RequestException.
        """
        chosen, exchange = self.chosen.get(sequence.type, []), None
        chain = chosen[sequence.position] if sequence.position < len(chosen) else None
        for step in sequence.steps:
            if step.kind == CREATE:
                made = self.world.create(sequence.type, by=step.operation)
                if made is None:
                    return None
                chain, exchange = made.chain, made.exchange
            elif chain is None:
                return None
            else:
                exchange = KINDS[step.kind](self, step, chain, sequence.type)
            if exchange is None:
                return None
        return self._outcome(exchange, sequence.steps[-1].operation) if exchange else None

    def _outcome(self, exchange: Exchange, operation: Operation) -> Outcome:
        judgement = self.traffic.judged(exchange)
        violations = {
            (each.rule, without_indexes(each.pointer)): each for each in judgement.of(RESPONSE)
        }
        return Outcome(exchange, operation, shape_of(exchange), violations)


def participant(name: str, settings: Settings, judge: Judge) -> Participant:
    """Return a target that responds, with the resources that it has.

    judge: of the document, which both targets share.

    Raises CannotJudgeError and requests.RequestException.
    """
    run = prepare(settings, with_implied_requirements(judge))
    world = World(run, Bodies(run, explorer_of(run).requests))
    world.read_lists()
    world.find_callers()
    return Participant(name, run, world, traffic_judge(judge), is_mock(run))


def is_mock(run: Run) -> bool:
    """Return whether a target is the mock of this project."""
    session = requests.Session()
    session.trust_env = False
    origin = "/".join(run.target.base.split("/")[:3])
    try:
        response = session.get(origin + MOCK_PATH, timeout=run.target.timeout)
        return response.status_code == 200 and "versions" in response.json()
    except (requests.RequestException, ValueError):
        return False
    finally:
        session.close()


def choose(one: Participant, other: Participant) -> None:
    """Choose the resources of each type: those that both have, else the first of each."""
    for name, resource_type in one.run.spec.types.items():
        by_key = [
            {resource_type.key_of(chain[name]): chain for chain in reversed(each.chains(name))}
            for each in (one, other)
        ]
        keys = [list(reversed(own)) for own in by_key]
        shared = [key for key in keys[0] if key is not None and key in by_key[1]][:MAX_CHOSEN]
        for each, own, listed in zip((one, other), by_key, keys, strict=True):
            each.chosen[name] = [own[key] for key in shared or listed[:1]]


def shape_of(exchange: Exchange) -> dict[str, frozenset[str]]:
    """Return the JSON types in a body by their pointers; nothing for another body."""
    try:
        body = json_text.parse(exchange.response.body)
    except ValueError:
        return {}
    found: dict[str, set[str]] = {}
    for where, kind in _types(body, ()):
        found.setdefault(where, set()).add(kind)
    return {where: frozenset(kinds) for where, kinds in found.items()}


def _types(value: Any, at: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    names = {dict: "object", list: "array", str: "string", bool: "boolean", type(None): "null"}
    yield pointer(at), names.get(type(value), "number")
    if isinstance(value, dict):
        for name, each in value.items():
            yield from _types(each, (*at, name))
    elif isinstance(value, list):
        for each in value:
            yield from _types(each, (*at, "*"))


def _call(one: Participant, step: Step, chain: Chain, _name: str) -> Exchange | None:
    operation = step.operation
    body = one.world.body_for(operation, chain) if operation.action else None
    return send(one.run, operation, chain, Call(body, step.query))


def _with_empty_body(one: Participant, step: Step, chain: Chain, _name: str) -> Exchange | None:
    operation = step.operation
    values = _values(one, operation, chain)
    outside = {*parameter_names(operation.path), *(each.name for each in operation.parameters)}
    if values is None:
        return None
    kept = {name: value for name, value in values.items() if name in outside}
    return send_values(one.run, operation, kept, Call(body={}))


def _without_credentials(one: Participant, step: Step, chain: Chain, _name: str) -> Exchange | None:
    operation = step.operation
    values = _values(one, operation, chain)
    if values is None:
        return None
    body = (one.world.body_for(operation, chain) or {}) if operation.bodies else None
    return send_values(one.run, operation, values, Call(body, anonymous=True))


def _values(one: Participant, operation: Operation, chain: Chain) -> dict[str, Any] | None:
    """Return the parameters that name a resource; None if its path needs others."""
    values = dict(values_of(one.run.spec, operation, chain) or {})
    return values if {*parameter_names(operation.path)} <= values.keys() else None


def _of_unknown_key(one: Participant, step: Step, chain: Chain, name: str) -> Exchange | None:
    resource_type = one.run.spec.types[name]
    own = dict(chain[name])
    key = resource_type.key
    own[key] = UNKNOWN_NUMBER if isinstance(own.get(key), int) else UNKNOWN_TEXT
    return _call(one, step, {**chain, name: own}, name)


Kind = Callable[[Participant, Step, Chain, str], Exchange | None]
KINDS: Mapping[str, Kind] = {
    CALL: _call,
    NO_CREDENTIALS: _without_credentials,
    EMPTY_BODY: _with_empty_body,
    UNKNOWN: _of_unknown_key,
}
