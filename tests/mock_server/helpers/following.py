"""A small reader of event streams (HTML standard, section 9.2), over a socket of its own."""

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
    """What stands between two blank lines: an event, or a comment alone."""

    id: str = ""
    event: str = ""
    data: Any = None
    comment: str | None = None
    retry: str | None = None


@dataclass
class Following:
    """An open stream, and the release that its events have made so far."""

    answer: http.client.HTTPResponse
    release: dict[str, Any] = field(default_factory=dict)
    last: str = ""

    @property
    def status(self) -> int:
        return self.answer.status

    def block(self) -> Block | None:
        """The next block, waited for; None when the stream has ended."""
        fields: dict[str, str] = {}
        while line := self.answer.readline():
            text = line.decode().removesuffix("\n")
            if not text:
                data = fields.pop("data", "null")
                return Block(data=json.loads(data), **fields)
            name, _, value = text.partition(":")
            fields[name or "comment"] = value.removeprefix(" ")
        assert not fields, "cut off in the middle of an event"
        return None

    def event(self) -> Block | None:
        """The next event, put into the release; None when the stream has ended."""
        while (block := self.block()) is not None:
            if block.event:
                self.last = block.id
                self.release = folded(self.release, block)
                return block
        return None

    def rest(self) -> list[Block]:
        """All events until the stream ends."""
        return list(iter(self.event, None))


def folded(release: Mapping[str, Any], event: Block) -> dict[str, Any]:
    """The release after an event, as a page would keep it."""
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
    """Follows a release; ``last`` is the id of the last event seen."""
    server = urlsplit(base)
    sent = {**(headers or {}), **({"Last-Event-ID": last} if last else {})}
    connection = http.client.HTTPConnection(server.netloc, timeout=20)
    try:
        connection.request("GET", server.path + EVENTS + release_id, headers=sent)
        with connection.getresponse() as answer:
            yield Following(answer)
    finally:
        connection.close()
