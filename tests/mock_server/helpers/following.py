"""A client for event streams (HTML standard, section 9.2)."""

import http.client
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

EVENTS = "/package_releases/events?package_release_id="


@dataclass(frozen=True)
class Block:
    """The lines up to a blank line: an event, or a comment."""

    id: str = ""
    event: str = ""
    data: Any = None
    comment: str | None = None
    retry: str | None = None


@dataclass
class Following:
    """An open stream, with the release after the events so far.

    last: id of the last event.
    """

    response: http.client.HTTPResponse
    release: dict[str, Any] = field(default_factory=dict)
    last: str = ""

    @property
    def status(self) -> int:
        return self.response.status

    def block(self) -> Block | None:
        """Wait for the next block and return it; None if the stream has ended."""
        fields: dict[str, str] = {}
        while line := self.response.readline():
            text = line.decode().removesuffix("\n")
            if not text:
                data = fields.pop("data", "null")
                return Block(data=json.loads(data), **fields)
            name, _, value = text.partition(":")
            fields[name or "comment"] = value.removeprefix(" ")
        assert not fields, "the stream ended within an event"
        return None

    def event(self) -> Block | None:
        """Wait for the next event, apply it to the release and return it; None at the end."""
        while (block := self.block()) is not None:
            if block.event:
                self.last = block.id
                self.release = applied(self.release, block)
                return block
        return None

    def rest(self) -> list[Block]:
        """Return all events until the stream ends."""
        return list(iter(self.event, None))


def applied(release: Mapping[str, Any], event: Block) -> dict[str, Any]:
    """Return the release after an event, as a page computes it."""
    if event.event == "release":
        return dict(event.data)
    if event.event == "log":
        name, index = f"{event.data['process']}_logs", event.data["index"]
        logs = release[name]
        return {**release, name: [*logs[:index], event.data["entry"], *logs[index + 1 :]]}
    return dict(release)


@contextmanager
def following(
    base: str, release_id: str, last: str = "", headers: Mapping[str, str] | None = None
) -> Iterator[Following]:
    """Open the stream of a release. last: value of ``Last-Event-ID``."""
    server = urlsplit(base)
    all_headers = {**(headers or {}), **({"Last-Event-ID": last} if last else {})}
    connection = http.client.HTTPConnection(server.netloc, timeout=20)
    try:
        connection.request("GET", server.path + EVENTS + release_id, headers=all_headers)
        with connection.getresponse() as response:
            yield Following(response)
    finally:
        connection.close()
