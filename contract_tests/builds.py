"""One rebuild, and the build that it begins: followed to its end while the rest is asked."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import requests

from mock_server.contract.spec import Operation, Spec
from mock_server.contract.violations import Violation, show

from .knowledge import Asker, Known
from .observations import Record
from .roles import (
    SUCCESS,
    Thing,
    asked_by_key,
    at_rest,
    build_part,
    finds,
    lookups,
    phases,
    restarts,
    shows_many,
)
from .target import Exchange

POLL = 0.1  # seconds between two looks, growing with the length of the build


@dataclass(frozen=True)
class Access:
    """The operations that show, list and rebuild a release, each with the key it is asked by."""

    look: tuple[Operation, str]
    restart: tuple[Operation, str]


def access_of(spec: Spec, hidden: set[str]) -> Access | None:
    """How releases are seen and rebuilt; None when either is not offered."""
    keyed = [
        (operation, key)
        for operation, _ in lookups(spec)
        if finds(operation) == spec.release and operation.id not in hidden
        if (key := asked_by_key(spec, operation)) and not shows_many(operation)
    ]
    look = next((each for each in keyed if not restarts(spec, each[0])), None)
    restart = next((each for each in keyed if restarts(spec, each[0])), None)
    return Access(look, restart) if look and restart else None


@dataclass
class Followed:
    """A release whose build was begun anew, and what is seen of it.

    why: why its end was not seen; empty when it was.
    """

    record: Record
    access: Access
    release: Thing
    seconds: float
    why: str = "the build was not begun"
    thread: threading.Thread | None = None

    def __post_init__(self) -> None:
        self.spec = self.record.judge.spec
        self.key = str(self.release[self.spec.entities[self.spec.release].key])

    def look(self, asker: Asker) -> tuple[Thing | None, Exchange]:
        """The release as it stands."""
        operation, key = self.access.look
        exchange = asker.ask(operation, {key: self.key})
        return next(iter(asker.things(operation, exchange)), None), exchange

    def restart(self, asker: Asker) -> Exchange:
        """Begins its builds anew."""
        operation, key = self.access.restart
        return asker.ask(operation, {key: self.key})

    def begin(self, asker: Asker, other: Asker) -> bool:
        """Rebuilds the release and follows it from then on, over the session of ``other``.

        False when the token may not rebuild it.
        """
        before, _ = self.look(asker)
        rebuilt = self.restart(asker)
        if rebuilt.answer.status != SUCCESS:
            return False
        after, seen = self.look(asker)
        if before is not None and after is not None and at_rest(self.spec, before):
            self._judge_begin(before, after, seen)
        self.thread = threading.Thread(target=self._follow, args=(other,), daemon=True)
        self.thread.start()
        return True

    def _judge_begin(self, before: Thing, after: Thing, seen: Exchange) -> None:
        if build_part(self.spec, before) == build_part(self.spec, after):
            message = "a rebuild begins a new build, which the next look shows"
            found = f"{self.key} shows the build from before"
            violation = Violation("rebuild-begins", message, found=found)
            self.record.note(self.access.restart[0], violation, seen)

    def _follow(self, asker: Asker) -> None:
        begun, again = time.monotonic(), False
        self.why = f"its end was not seen within {self.seconds:g} s (--build-timeout)"
        try:
            while time.monotonic() - begun < self.seconds and not self.record.gone:
                time.sleep(POLL + (time.monotonic() - begun) / 50)
                release, _ = self.look(asker)
                if release is None:
                    continue  # the record says what is wrong with the answer
                if not again and "running" in phases(self.spec, release):
                    again = self._rebuild_while_building(asker)
                    begun = time.monotonic()
                elif at_rest(self.spec, release):
                    self.why = ""
                    return
        except requests.RequestException:
            self.why = "the target ceased to answer"

    def _rebuild_while_building(self, asker: Asker) -> bool:
        exchange = self.restart(asker)
        if exchange.answer.status != SUCCESS:
            message = f"answers {SUCCESS}: a release is rebuilt also while it is being built"
            found = Violation("rebuild-while-building", message, found=str(exchange.answer.status))
            self.record.note(self.access.restart[0], found, exchange)
        return True


def untouched(spec: Spec, before: Thing, after: Thing) -> Violation | None:
    """What is wrong with a release that nothing should have happened to in between.

    A build that had not ended may go on, and the rules about changes speak of that.
    """
    names = spec.properties if at_rest(spec, before) else sorted(spec.identity)
    return difference(names, before, after)


def difference(names: Iterable[str], one: Thing, other: Thing) -> Violation | None:
    """The first of these properties on which two answers about one thing do not agree."""
    for name in names:
        if one.get(name) != other.get(name):
            found = f"{show(one.get(name))} before, {show(other.get(name))} after"
            message = "a thing that nothing was done to stays as it is"
            return Violation("nothing-changed", message, f"/{name}", found)
    return None


def rebuildable(spec: Spec, known: Known, owner: str | None) -> list[Thing]:
    """Known releases in the order in which they are best rebuilt: the owner's first, and of
    those the ones whose build has ended."""

    def rank(pair: tuple[Thing, Mapping[str, Thing]]) -> tuple[bool, bool]:
        release, chain = pair
        return owner_of(spec, chain) != owner, not at_rest(spec, release)

    pairs = [(release, chain) for release, chain in known.of(spec.release)]
    return [release for release, _ in sorted(pairs, key=rank)]


def owner_of(spec: Spec, chain: Mapping[str, Thing]) -> str | None:
    """The key of the account that owns a release: the end of what it belongs to."""
    entity = spec.entities[spec.release]
    owner: str | None = None
    while entity.parent is not None and entity.parent_key is not None:
        thing = chain.get(entity.name)
        if thing is None:
            return None
        owner = thing.get(entity.parent_key)
        entity = spec.entities[entity.parent]
    return owner
