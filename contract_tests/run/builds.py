"""One rebuild, and the build that it begins: followed to its end while the rest is asked."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

import requests

from mock_server.contract.document.spec import Operation, Spec
from mock_server.contract.violations import Violation, show

from ..judging.comparison import parse_timestamp
from ..judging.history import COARSEST, REBUILD_STARTS_A_BUILD
from ..target.knowledge import KnownResources, TargetClient
from ..target.roles import (
    SUCCESS,
    Resource,
    finds,
    has_ended,
    key_parameter,
    lookups,
    restarts,
    returns_list,
)
from ..target.target import Exchange
from .recorder import Recorder

SLACK = timedelta(minutes=10)  # by which clocks of one system may differ: less than any time zone
POLL = 0.02  # seconds between two looks, growing with the length of the build


@dataclass(frozen=True)
class ReleaseOperations:
    """The operations that show, list and rebuild a release, each with the key it is asked by."""

    look: tuple[Operation, str]
    restart: tuple[Operation, str]


def release_operations(spec: Spec, hidden: set[str]) -> ReleaseOperations | None:
    """How releases are seen and rebuilt; None when either is not offered."""
    keyed = [
        (operation, key)
        for operation, _ in lookups(spec)
        if finds(operation) == spec.release and operation.id not in hidden
        if (key := key_parameter(spec, operation)) and not returns_list(operation)
    ]
    look = next((each for each in keyed if not restarts(spec, each[0])), None)
    restart = next((each for each in keyed if restarts(spec, each[0])), None)
    return ReleaseOperations(look, restart) if look and restart else None


@dataclass
class FollowedBuild:
    """A release whose build was begun anew, and what is seen of it.

    why: why its end was not seen; empty when it was.
    """

    recorder: Recorder
    access: ReleaseOperations
    release: Resource
    seconds: float
    why: str = "the build was not begun"
    thread: threading.Thread | None = None
    before: Resource | None = None
    since: datetime | None = None

    def __post_init__(self) -> None:
        self.spec = self.recorder.judge.spec
        self.key = str(self.release[self.spec.entities[self.spec.release].key])

    def look(self, client: TargetClient) -> tuple[Resource | None, Exchange]:
        """The release as it stands."""
        operation, key = self.access.look
        exchange = client.call(operation, {key: self.key})
        return next(iter(client.resources(operation, exchange)), None), exchange

    def restart(self, client: TargetClient) -> Exchange:
        """Begins its builds anew."""
        operation, key = self.access.restart
        return client.call(operation, {key: self.key})

    def begin(self, client: TargetClient, other: TargetClient) -> bool:
        """Rebuilds the release and follows it from then on, over the session of ``other``.

        False when the token may not rebuild it.
        """
        self.before, _ = self.look(client)
        before, rebuilt = self.before, self.restart(client)
        if rebuilt.response.status != SUCCESS:
            return False
        self.since = rebuilt.earliest
        after, seen = self.look(client)
        if before is not None and after is not None:
            self.judge_begin(before, after, seen)
        self.thread = threading.Thread(target=self._follow, args=(other,), daemon=True)
        self.thread.start()
        return True

    def judge_begin(self, before: Resource, after: Resource, seen: Exchange) -> None:
        """Notes when a look after a rebuild shows what had ended long before it."""
        name = self.spec.build.role_properties("started_at")[0]
        began = before.get(name)
        if not has_ended(self.spec, before) or began is None or after.get(name) != began:
            return
        if parse_timestamp(str(began)) < seen.now - COARSEST:
            violation = Violation("rebuild-begins", REBUILD_STARTS_A_BUILD, f"/{name}", show(began))
            self.recorder.report(self.access.restart[0], violation, seen)

    def _follow(self, client: TargetClient) -> None:
        """Looks until the build has ended, and rebuilds it once while its last process runs: so the
        processes are seen to follow one another. When that is missed it is begun anew, and then
        rebuilt while any process runs."""
        begun, again, eager = time.monotonic(), False, False
        self.why = f"its end was not seen within {self.seconds:g} s (--build-timeout)"
        try:
            while time.monotonic() - begun < self.seconds and not self.recorder.target_is_gone:
                time.sleep(POLL + (time.monotonic() - begun) / 50)
                release, seen = self.look(client)
                if release is None:
                    continue  # the record says what is wrong with the answer
                self._judge_starts(release, seen)
                if not again and self._is_running(release, eager):
                    again = self._rebuild_while_building(client)
                    begun = time.monotonic()
                elif has_ended(self.spec, release):
                    if again or eager:
                        self.why = ""
                        return
                    self.restart(client)
                    begun, eager = time.monotonic(), True
        except requests.RequestException:
            self.why = "the target ceased to answer"

    def _judge_starts(self, release: Resource, seen: Exchange) -> None:
        """Notes a process that began before it was asked for, as in another time zone."""
        before = self.before or {}
        for name in self.spec.build.role_properties("started_at"):
            began = release.get(name)
            if began is None or began == before.get(name) or self.since is None:
                continue
            with suppress(ValueError, TypeError):  # it is no instant, which the record tells
                if parse_timestamp(str(began)) >= self.since - SLACK:
                    continue
                message = "a process that a rebuild begins starts after it was asked for"
                found = f"{show(began)}, asked for at {self.since:%Y-%m-%dT%H:%M:%SZ}"
                violation = Violation("starts-after-rebuild", message, f"/{name}", found)
                self.recorder.report(self.access.look[0], violation, seen)

    def _is_running(self, release: Resource, anything: bool) -> bool:
        words = [release.get(name) for name in self.spec.build.role_properties("status")]
        which = words if anything else words[-1:]
        return any(self.spec.phases.get(str(word)) == "running" for word in which)

    def _rebuild_while_building(self, client: TargetClient) -> bool:
        exchange = self.restart(client)
        if exchange.response.status != SUCCESS:
            message = f"answers {SUCCESS}: a release is rebuilt also while it is being built"
            found = Violation(
                "rebuild-while-building", message, found=str(exchange.response.status)
            )
            self.recorder.report(self.access.restart[0], found, exchange)
        return True


def rebuildable(spec: Spec, known: KnownResources, owner: str | None) -> list[Resource]:
    """Known releases in the order in which they are best rebuilt: the owner's first, and of
    those the ones whose build has ended."""

    def rank(pair: tuple[Resource, Mapping[str, Resource]]) -> tuple[bool, bool]:
        release, chain = pair
        return owner_of(spec, chain) != owner, not has_ended(spec, release)

    pairs = [(release, chain) for release, chain in known.of(spec.release)]
    return [release for release, _ in sorted(pairs, key=rank)]


def owner_of(spec: Spec, chain: Mapping[str, Resource]) -> str | None:
    """The key of the account that owns a release: the end of what it belongs to."""
    entity = spec.entities[spec.release]
    owner: str | None = None
    while entity.parent is not None and entity.parent_key is not None:
        resource = chain.get(entity.name)
        if resource is None:
            return None
        owner = resource.get(entity.parent_key)
        entity = spec.entities[entity.parent]
    return owner
