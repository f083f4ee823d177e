"""Streams of events about a release."""

import json
import time
from collections.abc import Callable, Iterator

from .behaviour import Behaviour
from .builds import Event
from .data import Build, Release

POLL = 0.02
KEEP_ALIVE = 1.0


def resumed(release: Release, last_id: str | None, behaviour: Behaviour) -> int | None:
    """Return the index of the last event that a client received, or None to start again."""
    if not last_id:
        return None
    return behaviour.position_of(last_id, release.build, len(behaviour.events(release.build)))


def _text(
    release: Release, build: Build, event: Event, index: int, now: int, behaviour: Behaviour
) -> str:
    """Return an event in the format of the HTML standard, section 9.2."""
    data = event.data
    if event.kind == "release":
        data = behaviour.edit_release(behaviour.view(release, build, now), release, now)
    event_id = f"{build.build_id}-{index}"
    fields = behaviour.edit_event(
        event, {"id": event_id, "event": event.kind, "data": json.dumps(data)}
    )
    return "" if fields is None else "".join(f"{k}: {v}\n" for k, v in fields.items()) + "\n"


def follow(
    release: Release, position: int | None, behaviour: Behaviour, clock: Callable[[], int]
) -> Iterator[str]:
    """Yield the events after a position, until the build has ended."""
    build = release.build
    if position is None:
        now = clock()
        past = [e for e in behaviour.events(build) if e.at <= now and e.kind != "end"]
        position = max(len(past) - 1, 0)
        yield _text(release, build, Event(now, "release"), position, now, behaviour)
    last_write = time.monotonic()
    while True:
        if release.build is not build:
            build, position = release.build, -1
        now = clock()
        for index, event in enumerate(behaviour.events(build)):
            if index > position and event.at <= now:
                position = index
                yield _text(release, build, event, index, event.at, behaviour)
                last_write = time.monotonic()
                if event.kind == "end":
                    return
        if time.monotonic() - last_write > KEEP_ALIVE:
            last_write = time.monotonic()
            yield ": keep-alive\n\n"
        time.sleep(POLL)
