"""Rebuilds a release and follows its build to the end, while the other checks run."""

from __future__ import annotations

import threading
import time
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

import requests

from mock_server.contract.document.operation import Operation
from mock_server.contract.document.spec import Spec
from mock_server.contract.violations import Violation, show

from ..judging.comparison import parse_timestamp
from ..judging.history import COARSEST, REBUILD_STARTS_A_BUILD
from ..target.knowledge import KnownResources, TargetClient
from ..target.roles import (
    SUCCESSES,
    Resource,
    has_ended,
    operations_by_key,
    restarts,
    timed_name,
    timeline_of,
)
from ..target.target import Exchange
from .recorder import Recorder

# The clocks of one system may differ by this much. Time zones differ by at least 15 minutes.
CLOCK_TOLERANCE = timedelta(minutes=10)
POLL = 0.02  # seconds between two reads; the interval grows with the length of the build


@dataclass(frozen=True)
class ReleaseOperations:
    """The operations that read and rebuild one release, each with its key parameter."""

    read: tuple[Operation, str]
    rebuild: tuple[Operation, str]


def release_operations(spec: Spec, ignored: Collection[str]) -> ReleaseOperations | None:
    """Return how to read and rebuild a release; None if the target does not offer both.

    ignored: ids of operations that the target does not offer.
    """
    by_key = operations_by_key(spec, timed_name(spec), ignored)
    read = next((pair for pair in by_key if pair[0].does is None), None)
    rebuild = next((pair for pair in by_key if restarts(spec, pair[0])), None)
    return ReleaseOperations(read, rebuild) if read and rebuild else None


@dataclass
class FollowedBuild:
    """A release that is rebuilt, and the thread that reads it until its build has ended.

    seconds: how long to follow a build, at most. reason: why its end was not observed; empty if it
    was. before: the release before the rebuild. rebuilt_at: the time of the rebuild, by the clock
    of the target.
    """

    recorder: Recorder
    operations: ReleaseOperations
    release: Resource
    seconds: float
    reason: str = "the build was not started"
    thread: threading.Thread | None = None
    before: Resource | None = None
    rebuilt_at: datetime | None = None

    def __post_init__(self) -> None:
        self.spec = self.recorder.judge.spec
        self.key = str(self.release[self.spec.types[timed_name(self.spec)].key])

    def read(self, client: TargetClient) -> tuple[Resource | None, Exchange]:
        """Return the current release; None if it cannot be read."""
        operation, parameter = self.operations.read
        exchange = client.call(operation, {parameter: self.key})
        return next(iter(client.resources(operation, exchange)), None), exchange

    def rebuild(self, client: TargetClient) -> Exchange:
        """Restart the builds of the release."""
        operation, parameter = self.operations.rebuild
        return client.call(operation, {parameter: self.key})

    def start(self, client: TargetClient, follower: TargetClient) -> bool:
        """Rebuild the release, and follow its build in a new thread with the client ``follower``.

        Return False if the target rejects the rebuild.
        """
        self.before, _ = self.read(client)
        before, rebuilt = self.before, self.rebuild(client)
        if rebuilt.response.status not in SUCCESSES:
            return False
        self.rebuilt_at = rebuilt.earliest
        after, exchange = self.read(client)
        if before is not None and after is not None:
            self.check_new_build(before, after, exchange)
        self.thread = threading.Thread(target=self._follow, args=(follower,), daemon=True)
        self.thread.start()
        return True

    def check_new_build(self, before: Resource, after: Resource, exchange: Exchange) -> None:
        """Report a release that still shows the ended build after a rebuild."""
        name = timeline_of(self.spec).role_properties("started_at")[0]
        started_at = before.get(name)
        if not has_ended(self.spec, before) or started_at is None or after.get(name) != started_at:
            return
        if parse_timestamp(str(started_at)) < exchange.now - COARSEST:
            found = show(started_at)
            violation = Violation("rebuild-begins", REBUILD_STARTS_A_BUILD, f"/{name}", found)
            self.recorder.report(self.operations.rebuild[0], violation, exchange)

    def _follow(self, client: TargetClient) -> None:
        """Read the release until its build has ended, and rebuild it once during the build.

        The first rebuild waits for the last process, so that the run observes how the processes
        follow each other. If the build ends before, the run rebuilds the release again, and then
        during any process.
        """
        started, interrupted, any_process = time.monotonic(), False, False
        self.reason = f"its end was not observed within {self.seconds:g} s (--build-timeout)"
        try:
            while time.monotonic() - started < self.seconds and not self.recorder.target_is_gone:
                time.sleep(POLL + (time.monotonic() - started) / 50)
                release, exchange = self.read(client)
                if release is None:
                    continue  # the recorder has reported the response
                self._check_start_times(release, exchange)
                if not interrupted and self._is_running(release, any_process):
                    interrupted = self._rebuild_during_build(client)
                    started = time.monotonic()
                elif has_ended(self.spec, release):
                    if interrupted or any_process:
                        self.reason = ""
                        return
                    self.rebuild(client)
                    started, any_process = time.monotonic(), True
        except requests.RequestException:
            self.reason = "the target stopped responding"

    def _check_start_times(self, release: Resource, exchange: Exchange) -> None:
        """Report a process that started before its rebuild, for example in another time zone."""
        before = self.before or {}
        for name in timeline_of(self.spec).role_properties("started_at"):
            started_at = release.get(name)
            if started_at in (None, before.get(name)) or self.rebuilt_at is None:
                continue
            with suppress(ValueError, TypeError):  # the recorder reports an invalid timestamp
                if parse_timestamp(str(started_at)) >= self.rebuilt_at - CLOCK_TOLERANCE:
                    continue
                message = "must be later than the rebuild that started the process"
                found = f"{show(started_at)}, rebuilt at {self.rebuilt_at:%Y-%m-%dT%H:%M:%SZ}"
                violation = Violation("starts-after-rebuild", message, f"/{name}", found)
                self.recorder.report(self.operations.read[0], violation, exchange)

    def _is_running(self, release: Resource, any_process: bool) -> bool:
        """Return whether the last process runs, or any process."""
        statuses = [release.get(name) for name in timeline_of(self.spec).role_properties("status")]
        relevant = statuses if any_process else statuses[-1:]
        return any(
            timeline_of(self.spec).phases.get(str(status)) == "running" for status in relevant
        )

    def _rebuild_during_build(self, client: TargetClient) -> bool:
        exchange = self.rebuild(client)
        if exchange.response.status not in SUCCESSES:
            operation, found = self.operations.rebuild[0], str(exchange.response.status)
            message = f"status must be {operation.success.status} also during a build"
            violation = Violation("rebuild-while-building", message, found=found)
            self.recorder.report(operation, violation, exchange)
        return True


def rebuildable(spec: Spec, known: KnownResources, owner: str | None) -> list[Resource]:
    """Return the known releases to rebuild: those of the owner first, then ended builds."""

    def rank(pair: tuple[Resource, Mapping[str, Resource]]) -> tuple[bool, bool]:
        release, chain = pair
        return owner_of(spec, chain) != owner, not has_ended(spec, release)

    pairs = [(release, chain) for release, chain in known.of(timed_name(spec))]
    return [release for release, _ in sorted(pairs, key=rank)]


def owner_of(spec: Spec, chain: Mapping[str, Resource]) -> str | None:
    """Return what identifies the owner of a release: a value that its account has too."""
    rule = spec.ownership(timed_name(spec))
    owned = chain.get(rule.holder) if rule else None
    value = owned.get(rule.property) if rule and owned else None
    return None if value is None else str(value)
