"""Event streams (HTML standard, section 9.2): read from an answer, and folded to a release."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mock_server.contract.document.spec import DocumentedResponse, Operation, Spec
from mock_server.contract.source import json_text

from ..target.roles import SUCCESS


@dataclass(frozen=True)
class Told:
    """An event: what it tells by the contract (empty for none of it), its id and its data."""

    tells: str
    id: str | None
    data: Any


def told(response: DocumentedResponse, body: bytes) -> list[Told]:
    """The events of a stream. Raises ValueError for data that is no JSON."""
    names = {event.name: tells for tells, event in response.events.items()}
    return [
        Told(names.get(name, ""), last, json_text.parse(data.encode()))
        for name, last, data in _events(body.decode("utf-8-sig"))
    ]


def _events(text: str) -> Iterator[tuple[str, str | None, str]]:
    last: str | None = None
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
                last = value
        if data:
            yield name, last, "\n".join(data)


def folded(
    spec: Spec, response: DocumentedResponse, events: Iterable[Told]
) -> dict[str, Any] | None:
    """The release that events tell; None when they tell none. Raises LookupError and TypeError."""
    release: dict[str, Any] | None = None
    for event in events:
        release = _after(spec, response, release, event)
    return release


def misplaced(spec: Spec, response: DocumentedResponse, events: Iterable[Told]) -> str:
    """Which entry of a log is told at a place that it cannot have, or has at no look; empty when
    each is: an entry comes after those before it, and a release has what was told of its build.
    Raises as ``folded`` does."""
    release: dict[str, Any] | None = None
    for event in events:
        if release is not None and event.tells == "release":
            if wrong := _forgotten(spec, release, event.data):
                return wrong
        elif release is not None and event.tells == "log":
            name, place = _place(spec, response, event)
            if place > len(release[name]):
                return f"{name}: an entry at {place} after {len(release[name])} entries"
        release = _after(spec, response, release, event)
    return ""


def _after(
    spec: Spec, response: DocumentedResponse, release: dict[str, Any] | None, event: Told
) -> dict[str, Any] | None:
    """What a release is after an event, as the page that follows it has it."""
    if event.tells == "release":
        told_of: dict[str, Any] = json.loads(json.dumps(event.data))
        return told_of
    if event.tells == "log" and release is not None:
        name, place = _place(spec, response, event)
        release[name][place : place + 1] = [event.data[response.events["log"]["value"]]]
    return release


def _place(spec: Spec, response: DocumentedResponse, event: Told) -> tuple[str, int]:
    """The log that an entry is of, and where in it the entry is told to stand."""
    form = response.events["log"]
    process = next(p for p in spec.build.processes if p.name == event.data[form["name"]])
    return process["logs"], event.data[form["place"]]


def _forgotten(spec: Spec, release: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """Which log of the same run is told without entries that were told before; empty for none."""
    if any(release.get(each) != now.get(each) for each in spec.build.role_properties("started_at")):
        return ""
    for name in spec.build.role_properties("logs"):
        before, after = release.get(name) or [], now.get(name) or []
        if after[: len(before)] != before:
            return f"{name}: {len(before)} entries told, and then not among {len(after)}"
    return ""


def streams_of(spec: Spec) -> list[tuple[Operation, DocumentedResponse]]:
    """The operations that tell a release as it changes."""
    return [
        (operation, operation.responses[SUCCESS])
        for operation in spec.operations.values()
        if SUCCESS in operation.responses and operation.responses[SUCCESS].events
    ]
