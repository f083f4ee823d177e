"""The states of resources that recorded traffic shows, each once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ...contract.document.resources.types import ResourceType
from ...contract.judge import Judge
from ...contract.traffic import TrafficJudge, traffic_judge
from ...contract.traffic.har import Recorded
from ...contract.traffic.redaction import redacted
from ...contract.violations import Violation

MOST = 32 * 1024 * 1024  # bytes of the responses whose states are kept
State = tuple[object, ...]  # what distinguishes the states of a resource


@dataclass(frozen=True)
class Observed:
    """A resource as a response has shown it.

    source: the request, in words. violations: what it breaks; such a state cannot be a fixture.
    size: of the response, in bytes.
    """

    type: ResourceType
    value: Mapping[str, Any]
    at: datetime
    source: str
    violations: tuple[Violation, ...] = ()
    size: int = 0

    @property
    def state(self) -> State:
        """What distinguishes it: the status of each process, and which errors it shows."""
        return state_of(self.type, self.value)


def state_of(resource_type: ResourceType, value: Mapping[str, Any]) -> State:
    """Return what distinguishes the states of a resource with a timeline."""
    roles = resource_type.timeline
    if roles is None:
        return ()
    names = (*roles.status, *roles.role_properties("status"))
    shown = (*roles.role_properties("error"), *roles.role_properties("stale"))
    return (*(value.get(name) for name in names), *(bool(value.get(name)) for name in shown))


@dataclass
class Recording:
    """The states of each resource with a timeline, by type and key, in the order of responses.

    size: of the responses that have shown them. dropped: the number of those that came after MOST
    bytes.
    """

    courses: dict[tuple[str, str], list[Observed]] = field(default_factory=dict)
    size: int = 0
    dropped: int = 0

    def add(self, observed: Observed) -> None:
        """Add a resource as a response shows it. Equal states that follow each other are one."""
        key = observed.type.name, str(observed.type.key_of(observed.value))
        course = self.courses.setdefault(key, [])
        if course and course[-1].state == observed.state:
            self.size -= course[-1].size
            course[-1] = observed  # the last response of a state shows most of it
        elif self.size + observed.size > MOST:
            self.dropped += 1
            return
        else:
            course.append(observed)
        self.size += observed.size


def recording_of(judge: Judge, exchanges: Iterable[Recorded]) -> Recording:
    """Return the states in recorded exchanges. Raises ContractError and OSError as they do."""
    recording, traffic = Recording(), traffic_judge(judge)
    for recorded in exchanges:
        for observed in _observed(judge, traffic, recorded):
            recording.add(observed)
    return recording


def _observed(judge: Judge, traffic: TrafficJudge, recorded: Recorded) -> Iterator[Observed]:
    """Yield the resources with a timeline in a response."""
    exchange = redacted(recorded.exchange, judge.spec.secret_names)
    judgement = traffic.judged(exchange, recorded.unjudged)
    source = f"{exchange.request.method} {exchange.url.partition('?')[0]}"
    for key, (_, value) in judgement.resources.items():
        resource_type = judge.spec.types[key.partition("/")[0]]
        if resource_type.timeline is None:
            continue
        violations = judge.resource(resource_type.name, value, exchange.now)
        size = len(exchange.response.body)
        yield Observed(resource_type, value, exchange.now, source, tuple(violations), size)
