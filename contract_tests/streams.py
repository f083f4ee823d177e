"""Event streams (HTML standard, section 9.2): read from an answer, and folded to a release."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from mock_server.contract import jsontext
from mock_server.contract.spec import Operation, Response, Spec

from .roles import SUCCESS


@dataclass(frozen=True)
class Told:
    """An event: what it tells by the contract (empty for none of it), its id and its data."""

    tells: str
    id: str | None
    data: Any


def told(response: Response, body: bytes) -> list[Told]:
    """The events of a stream. Raises ValueError for data that is no JSON."""
    names = {event.name: tells for tells, event in response.events.items()}
    return [
        Told(names.get(name, ""), last, jsontext.parse(data.encode()))
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


def folded(spec: Spec, response: Response, events: Iterable[Told]) -> dict[str, Any] | None:
    """The release that events tell; None when they tell none. Raises LookupError and TypeError."""
    release: dict[str, Any] | None = None
    for event in events:
        if event.tells == "release":
            release = json.loads(json.dumps(event.data))
        elif event.tells == "log" and release is not None:
            form = response.events["log"]
            process = next(p for p in spec.build.processes if p.name == event.data[form["name"]])
            log, place = release[process["logs"]], event.data[form["place"]]
            log[place : place + 1] = [event.data[form["value"]]]
    return release


def misplaced(spec: Spec, response: Response, events: Iterable[Told]) -> str:
    """Which entry of a log is told at a place that it cannot have, or has at no look; empty when
    each is: an entry comes after those before it, and a release has what was told of its build."""
    logs = [process["logs"] for process in spec.build.processes]
    starts = spec.build.playing("started_at")
    release: dict[str, Any] | None = None
    for event in events:
        if event.tells == "release":
            now = json.loads(json.dumps(event.data))
            if release is not None and all(release.get(each) == now.get(each) for each in starts):
                for name in logs:
                    before, after = release.get(name) or [], now.get(name) or []
                    if after[: len(before)] != before:
                        return (
                            f"{name}: {len(before)} entries told, and then not among {len(after)}"
                        )
            release = now
        elif event.tells == "log" and release is not None:
            form = response.events["log"]
            process = next(p for p in spec.build.processes if p.name == event.data[form["name"]])
            log, place = release[process["logs"]], event.data[form["place"]]
            if place > len(log):
                return f"{process['logs']}: an entry at {place} after {len(log)} entries"
            log[place : place + 1] = [event.data[form["value"]]]
    return ""


def streams_of(spec: Spec) -> list[tuple[Operation, Response]]:
    """The operations that tell a release as it changes."""
    return [
        (operation, operation.responses[SUCCESS])
        for operation in spec.operations.values()
        if SUCCESS in operation.responses and operation.responses[SUCCESS].events
    ]
