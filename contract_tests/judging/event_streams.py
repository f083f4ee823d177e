"""Event streams (HTML standard, section 9.2): parse them, and find the resource they describe."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mock_server.contract.document.operation import DocumentedResponse, Operation
from mock_server.contract.document.spec import Spec
from mock_server.contract.source import json_text

from ..target.roles import timeline_of


@dataclass(frozen=True)
class StreamEvent:
    """One event of a stream.

    kind: its meaning in the contract, such as ``resource`` or ``log``; "" for an unknown event.
    id: the last event id, None if there is none so far. data: the parsed JSON.
    """

    kind: str
    id: str | None
    data: Any


def parse_events(response: DocumentedResponse, body: bytes) -> list[StreamEvent]:
    """Return the events of a stream. Raises ValueError if the data of an event is not JSON."""
    kinds = {event.name: kind for kind, event in response.events.items()}
    return [
        StreamEvent(kinds.get(name, ""), last_id, json_text.parse(data.encode()))
        for name, last_id, data in _raw_events(body.decode("utf-8-sig"))
    ]


def _raw_events(text: str) -> Iterator[tuple[str, str | None, str]]:
    """Yield the name, the last event id and the data of each event."""
    last_id: str | None = None
    for block in re.sub(r"\r\n?", "\n", text).split("\n\n"):
        name, data = "message", list[str]()
        for line in block.split("\n"):
            field, _, value = line.partition(":")
            value = value.removeprefix(" ")
            if field == "event":
                name = value
            elif field == "data":
                data.append(value)
            elif field == "id":
                last_id = value
        if data:
            yield name, last_id, "\n".join(data)


def resource_after(
    spec: Spec, response: DocumentedResponse, events: Iterable[StreamEvent]
) -> dict[str, Any] | None:
    """Return the resource that a client knows after these events; None if no event contains one.

    Raises LookupError or TypeError for data that breaks the schema.
    """
    resource: dict[str, Any] | None = None
    for event in events:
        resource = _apply(spec, response, resource, event)
    return resource


def misplaced_entry(spec: Spec, response: DocumentedResponse, events: Iterable[StreamEvent]) -> str:
    """Return a description of the first log entry that is out of order or lost; "" if none is.

    An entry follows those before it, and a later resource event without a restart contains all
    entries sent so far. Raises LookupError or TypeError for data that breaks the schema.
    """
    resource: dict[str, Any] | None = None
    for event in events:
        if resource is not None and event.kind == "resource":
            if lost := _lost_entries(spec, resource, event.data):
                return lost
        elif resource is not None and event.kind == "log":
            name, index = _log_entry(spec, response, event)
            if index > len(resource[name]):
                return f"{name}: entry {index} sent after {len(resource[name])} entries"
        resource = _apply(spec, response, resource, event)
    return ""


def _apply(
    spec: Spec,
    response: DocumentedResponse,
    resource: dict[str, Any] | None,
    event: StreamEvent,
) -> dict[str, Any] | None:
    """Return the resource after an event, as a page that follows the stream has it."""
    if event.kind == "resource":
        copy: dict[str, Any] = json.loads(json.dumps(event.data))
        return copy
    if event.kind == "log" and resource is not None:
        name, index = _log_entry(spec, response, event)
        resource[name][index : index + 1] = [event.data[response.events["log"]["value"]]]
    return resource


def _log_entry(spec: Spec, response: DocumentedResponse, event: StreamEvent) -> tuple[str, int]:
    """Return the name of the log that an entry belongs to, and its index there."""
    members = response.events["log"]
    process = next(p for p in timeline_of(spec).processes if p.name == event.data[members["name"]])
    return process["logs"], event.data[members["position"]]


def _lost_entries(spec: Spec, resource: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """Return which log lacks entries that were sent before; "" if none does or after a restart."""
    if any(
        resource.get(each) != now.get(each)
        for each in timeline_of(spec).role_properties("started_at")
    ):
        return ""
    for name in timeline_of(spec).role_properties("logs"):
        before, after = resource.get(name) or [], now.get(name) or []
        if after[: len(before)] != before:
            return f"{name}: {len(before)} entries sent, but missing from the {len(after)} after"
    return ""


def stream_operations(spec: Spec) -> list[tuple[Operation, DocumentedResponse]]:
    """Return the operations that stream the changes of a resource, each with its response."""
    return [
        (operation, operation.success)
        for operation in spec.operations.values()
        if operation.success.events
    ]
