"""Restarts a resource and follows its timeline to the end, while the other checks run."""

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
from mock_server.contract.exchange import Exchange
from mock_server.contract.violations import Violation, show

from ..judging.comparison import parse_timestamp
from ..judging.history import COARSEST, NO_EARLIER_START
from ..target.knowledge import KnownResources, TargetClient
from ..target.roles import (
    SUCCESSES,
    Resource,
    has_ended,
    operations_by_key,
    restarts,
    timed_name,
    timed_type,
    timeline_of,
)
from .recorder import Recorder

# The clocks of one system may differ by this much. Time zones differ by at least 15 minutes.
CLOCK_TOLERANCE = timedelta(minutes=10)
POLL = 0.02  # seconds between two reads; the interval grows with the length of the timeline


@dataclass(frozen=True)
class RestartOperations:
    """The operations that read and restart one resource, each with its key parameter."""

    read: tuple[Operation, str]
    restart: tuple[Operation, str]


def restart_operations(spec: Spec, ignored: Collection[str]) -> RestartOperations | None:
    """Return how to read and restart a resource; None if the target does not offer both.

    ignored: ids of operations that the target does not offer.
    """
    by_key = operations_by_key(spec, timed_name(spec), ignored)
    read = next((pair for pair in by_key if pair[0].does is None), None)
    restart = next((pair for pair in by_key if restarts(spec, pair[0])), None)
    return RestartOperations(read, restart) if read and restart else None


@dataclass
class FollowedTimeline:
    """A resource that is restarted, and the thread that reads it until its timeline has ended.

    seconds: how long to follow a timeline, at most. reason: why its end was not observed; empty if
    it was. before: the resource before the restart. restarted_at: the time of the restart, by the
    clock of the target.
    """

    recorder: Recorder
    operations: RestartOperations
    resource: Resource
    seconds: float
    reason: str = "the timeline was not started"
    thread: threading.Thread | None = None
    before: Resource | None = None
    restarted_at: datetime | None = None

    def __post_init__(self) -> None:
        self.spec = self.recorder.judge.spec
        self.key = str(self.resource[timed_type(self.spec).key])

    def read(self, client: TargetClient) -> tuple[Resource | None, Exchange]:
        """Return the current resource; None if it cannot be read."""
        operation, parameter = self.operations.read
        exchange = client.call(operation, {parameter: self.key})
        return next(iter(client.resources(operation, exchange)), None), exchange

    def restart(self, client: TargetClient) -> Exchange:
        """Restart the timeline of the resource."""
        operation, parameter = self.operations.restart
        return client.call(operation, {parameter: self.key})

    def start(self, client: TargetClient, follower: TargetClient) -> bool:
        """Restart the resource, and follow its timeline in a new thread with another client.

        Return False if the target rejects the restart.
        """
        self.before, _ = self.read(client)
        before, restarted = self.before, self.restart(client)
        if restarted.response.status not in SUCCESSES:
            return False
        self.restarted_at = restarted.earliest
        after, exchange = self.read(client)
        if before is not None and after is not None:
            self.check_new_start(before, after, exchange)
        self.thread = threading.Thread(target=self._follow, args=(follower,), daemon=True)
        self.thread.start()
        return True

    def check_new_start(self, before: Resource, after: Resource, exchange: Exchange) -> None:
        """Report a resource that still shows an earlier start after a restart."""
        names = timeline_of(self.spec).role_properties("started_at")
        name = names[0] if names else ""
        started_at = before.get(name)
        if not has_ended(self.spec, before) or started_at is None or after.get(name) != started_at:
            return
        if parse_timestamp(str(started_at)) < exchange.now - COARSEST:
            found = show(started_at)
            violation = Violation("restart-begins", NO_EARLIER_START, f"/{name}", found)
            self.recorder.report(self.operations.restart[0], violation, exchange)

    def _follow(self, client: TargetClient) -> None:
        """Read the resource until its timeline has ended, and restart it once during the timeline.

        The first restart waits for the last process, so that the run observes how the processes
        follow each other. If the timeline ends before, the run restarts the resource again, and
        then during any process.
        """
        started, interrupted, any_process = time.monotonic(), False, False
        self.reason = f"its end was not observed within {self.seconds:g} s (--build-timeout)"
        try:
            while time.monotonic() - started < self.seconds and not self.recorder.target_is_gone:
                time.sleep(POLL + (time.monotonic() - started) / 50)
                resource, exchange = self.read(client)
                if resource is None:
                    continue  # the recorder has reported the response
                self._check_start_times(resource, exchange)
                if not interrupted and self._is_running(resource, any_process):
                    interrupted = self._restart_during_timeline(client)
                    started = time.monotonic()
                elif has_ended(self.spec, resource):
                    if interrupted or any_process:
                        self.reason = ""
                        return
                    self.restart(client)
                    started, any_process = time.monotonic(), True
        except requests.RequestException:
            self.reason = "the target stopped responding"

    def _check_start_times(self, resource: Resource, exchange: Exchange) -> None:
        """Report a process that started before its restart, for example in another time zone."""
        before = self.before or {}
        for name in timeline_of(self.spec).role_properties("started_at"):
            started_at = resource.get(name)
            if started_at in (None, before.get(name)) or self.restarted_at is None:
                continue
            with suppress(ValueError, TypeError):  # the recorder reports an invalid timestamp
                if parse_timestamp(str(started_at)) >= self.restarted_at - CLOCK_TOLERANCE:
                    continue
                message = "must be later than the restart that started the process"
                found = f"{show(started_at)}, restarted at {self.restarted_at:%Y-%m-%dT%H:%M:%SZ}"
                violation = Violation("starts-after-restart", message, f"/{name}", found)
                self.recorder.report(self.operations.read[0], violation, exchange)

    def _is_running(self, resource: Resource, any_process: bool) -> bool:
        """Return whether the last process runs, or any process."""
        roles = timeline_of(self.spec)
        statuses = [roles.status_of_process(each, resource) for each in roles.processes]
        relevant = statuses if any_process else statuses[-1:]
        return any(roles.phases.get(str(status)) == "running" for status in relevant)

    def _restart_during_timeline(self, client: TargetClient) -> bool:
        exchange = self.restart(client)
        if exchange.response.status not in SUCCESSES:
            operation, found = self.operations.restart[0], str(exchange.response.status)
            message = f"status must be {operation.success.status} also while it runs"
            violation = Violation("restart-while-running", message, found=found)
            self.recorder.report(operation, violation, exchange)
        return True


def restartable(spec: Spec, known: KnownResources, owner: str | None) -> list[Resource]:
    """Return the known resources to restart: those of the owner first, then ended timelines."""

    def rank(pair: tuple[Resource, Mapping[str, Resource]]) -> tuple[bool, bool]:
        resource, chain = pair
        return owner_of(spec, chain) != owner, not has_ended(spec, resource)

    pairs = [(resource, chain) for resource, chain in known.of(timed_name(spec))]
    return [resource for resource, _ in sorted(pairs, key=rank)]


def owner_of(spec: Spec, chain: Mapping[str, Resource]) -> str | None:
    """Return what identifies the owner of a resource: a value that the owner has too."""
    rule = spec.ownership(timed_name(spec))
    owned = chain.get(rule.holder) if rule else None
    value = owned.get(rule.property) if rule and owned else None
    return None if value is None else str(value)
