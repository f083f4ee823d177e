"""Defects of the streams of events."""

import json
from collections.abc import Callable
from typing import Any

from .behaviour import position_of
from .builds import Event
from .data import Build, Json
from .edits import Defect, at, without_header

WATCH = "/paths/~1package_releases~1events/get"


def edit_data(kind: str, change: Callable[[Json], dict[str, Json]]) -> dict[str, Any]:
    """Change the data of the events of one kind."""

    def edited(event: Event, fields: dict[str, str]) -> dict[str, str]:
        if event.kind != kind:
            return fields
        data = json.loads(fields["data"])
        return fields | {"data": json.dumps(data | change(data))}

    return {"edit_event": edited}


def no_failed_end(event: Event, fields: dict[str, str]) -> dict[str, str] | None:
    """Send no `end` event for a build that failed."""
    failed = event.kind == "end" and event.data["display_status"] == "failed"
    return None if failed else fields


def one_further(last_id: str, build: Build, count: int) -> int | None:
    """Skip one of the events that a client missed."""
    position = position_of(last_id, build, count)
    return None if position is None else min(position + 1, count - 1)


STREAMS = {
    "log-index-from-one": Defect(
        "the index of the log events starts at one",
        "The index of the entry in the log, from 0",
        "/components/schemas/ReleaseLogEntry/properties/index/description",
        edit_data("log", lambda data: {"index": data["index"] + 1}),
    ),
    "end-always-successful": Defect(
        "the end event has the status successful for every build",
        "An `end` event has the `status` of the build.",
        "/info/description",
        edit_data("end", lambda data: {"display_status": "successful"}),  # noqa: ARG005
    ),
    "no-end-if-failed": Defect(
        "the stream of a build that failed has no end event",
        "`end` is sent when the build has ended.",
        f"{WATCH}/description",
        {"edit_event": no_failed_end},
    ),
    "last-id-ignored": Defect(
        "Last-Event-ID is ignored",
        "If no event will follow, it gets 204 and must not reconnect.",
        f"{WATCH}/description",
        {"position_of": lambda last_id, build, count: None},  # noqa: ARG005
    ),
    "resume-skips-one": Defect(
        "a client that reconnects does not get the first event that it missed",
        "A client that reconnects with `Last-Event-ID` gets the events that it missed.",
        f"{WATCH}/description",
        {"position_of": one_further},
    ),
    "stream-cached": Defect(
        "the stream has no Cache-Control",
        "Events must not be cached",
        f"{WATCH}/responses/200/headers/Cache-Control",
        without_header("Cache-Control", at("/events")),
    ),
}
