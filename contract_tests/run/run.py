"""One contract run: its settings, the resources that it knows, and its recorder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

import requests

from mock_server.contract.document import loading
from mock_server.contract.document.operation import Lookup, Operation
from mock_server.contract.document.resources.types import ResourceType
from mock_server.contract.document.spec import Spec
from mock_server.contract.exchange import Exchange
from mock_server.contract.judge import Judge, judge_of
from mock_server.contract.violations import ContractError, Violation
from mock_server.foundation.shipped_files import shipped

from ..cases.known_ids import KnownIds
from ..config.options import Settings
from ..exit_codes import CannotJudgeError
from ..judging.implied import with_implied_requirements
from ..target.knowledge import KnownResources, TargetClient
from ..target.roles import (
    Resource,
    checked_operations,
    lookups,
    operations_by_key,
    timed_name,
    timed_type,
)
from ..target.target import Target, TargetSession
from .outages import repeat
from .recorder import Recorder
from .response_times import OUTSIDE
from .timelines import (
    FollowedTimeline,
    RestartOperations,
    owner_of,
    restart_operations,
    restartable,
)

RESTART_ATTEMPTS = 5  # resources that the run tries to restart until the target accepts one


@dataclass
class Run:
    """A contract run.

    client: sends requests in the thread of the tests. owners: by token, the key of its owner.
    ids: the known path parameters of a target for which no restart is followed. callers: of such a
    target, the type and the value of the resource of each caller; the key says whether it is the
    other caller.
    operations_to_verify: ids of the operations of all checks. unverified: what the run should have
    verified but could not, and why. skipped: what it could not check because of missing tokens or
    data, or disabled checks, and why. excluded: ids of operations that `--read-only` excludes, and
    why.
    """

    settings: Settings
    judge: Judge
    target: Target
    recorder: Recorder
    client: TargetClient
    known: KnownResources
    owners: dict[str, str]
    ids: KnownIds = field(default_factory=KnownIds)
    callers: dict[bool, tuple[str, Resource]] = field(default_factory=dict)
    operations_to_verify: list[str] = field(default_factory=list)
    unverified: dict[str, str] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)
    excluded: dict[str, str] = field(default_factory=dict)
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def spec(self) -> Spec:
        return self.judge.spec

    @property
    def key(self) -> str:
        """The property that is the key of what the run restarts."""
        return timed_type(self.spec).key

    @property
    def label(self) -> str:
        """The name of what the run restarts, in words of the document."""
        return timed_type(self.spec).label

    @property
    def owner_type(self) -> ResourceType:
        """The type of the callers that own what the run restarts."""
        return self.spec.lineage(timed_name(self.spec))[-1]

    @property
    def restart_operations(self) -> RestartOperations | None:
        """How to read and restart a resource; None if the target does not offer both."""
        return restart_operations(self.spec, self.recorder.ignored)

    @property
    def offered(self) -> list[tuple[Operation, Lookup]]:
        """The lookups that the target offers and that the run may call."""
        return [pair for pair in lookups(self.spec) if pair[0].id not in self.recorder.ignored]

    @property
    def callable_operations(self) -> list[Operation]:
        """The operations that the target offers and that the run may call."""
        ignored = self.recorder.ignored
        return [each for each in checked_operations(self.spec) if each.id not in ignored]

    @property
    def tokens_of_one_caller(self) -> bool:
        """Whether both tokens have the same owner, by the responses of the target."""
        return len(self.owners) == 2 and len(set(self.owners.values())) == 1

    @cached_property
    def followed_timeline(self) -> FollowedTimeline | None:
        """Restart a resource, once per run, and follow it; None if the run cannot restart any."""
        operations = self.restart_operations
        if operations is None or self.target.token is None:
            return None
        owner = self.owners.get(self.target.token)
        for resource in restartable(self.spec, self.known, owner)[:RESTART_ATTEMPTS]:
            timeline = FollowedTimeline(
                self.recorder, operations, resource, self.settings.build_timeout
            )
            if timeline.start(self.client, self.new_client()):
                if timeline.thread is not None:
                    self.recorder.checks[timeline.thread.ident] = self.recorder.check
                return timeline
        return None

    def new_client(self) -> TargetClient:
        """Return a client for another thread."""
        session = TargetSession(self.target, self.recorder.record, self.recorder.record_error)
        return TargetClient(self.spec, session)

    def resources(self, *, of_token: str | None) -> Iterator[Resource]:
        """Yield the known resources of the owner of a token, except the one that is followed."""
        if of_token is None or of_token not in self.owners:
            return
        owner = self.owners[of_token]
        for resource, chain in self.known.of(timed_name(self.spec)):
            if owner_of(self.spec, chain) == owner and not self.is_followed(resource):
                yield resource

    def read(self, resource: Resource) -> tuple[Resource, Exchange] | None:
        """Read a known resource again; None if that fails."""
        by_key = operations_by_key(self.spec, timed_name(self.spec), self.recorder.ignored)
        reads = [pair for pair in by_key if pair[0].does is None]
        if not reads:
            return None
        operation, parameter = reads[0]
        exchange = self.client.call(operation, {parameter: str(resource[self.key])})
        resources = self.client.resources(operation, exchange)
        return (resources[0], exchange) if resources else None

    def read_all(self) -> dict[str, tuple[Resource, Exchange]]:
        """Read all known resources again, and return them by key."""
        resources = self.known.of(timed_name(self.spec))
        current = {resource[self.key]: self.read(resource) for resource, _ in resources}
        return {key: pair for key, pair in current.items() if pair is not None}

    def is_followed(self, resource: Resource) -> bool:
        """Return whether the run follows the timeline of this resource."""
        timeline = self.__dict__.get("followed_timeline")
        return timeline is not None and timeline.key == resource.get(self.key)

    def confirm_slow_operations(self) -> None:
        """Report the operations that are too slow, also when a request is sent again."""
        limit = self.settings.max_response_time
        for name, slowest in list(self.recorder.response_times.slowest.items()):
            if self.recorder.target_is_gone or name in {OUTSIDE, *self.recorder.ignored}:
                continue
            operation = self.spec.operations[name]
            if operation.success.events:
                continue  # a stream ends with the timeline, not after a response time
            repeat = None if operation.action else self._repeat
            try:
                slow = self.recorder.response_times.confirmed_slow(name, limit, repeat)
            except requests.RequestException:
                continue  # the recorder has reported it
            if slow is not None:
                message = f"must respond within {limit:g} s (--max-response-time)"
                violation = Violation("slow", message, "", f"{slow[0]:.1f} s")
                self.recorder.report(operation, violation, slowest)

    def check_availability(self) -> None:
        """Stop the run if the target is broken as a whole, or rejects a token."""
        session = TargetSession(self.target, lambda _: None)
        known_good = list(self.recorder.availability.known_good.values())
        try:
            if self.recorder.target_is_gone and known_good:
                repeat(session, known_good[0])
                self.recorder.errors_in_a_row = 0  # only unusual requests got no response
            self.recorder.check_availability(lambda exchange: repeat(session, exchange))
        except requests.RequestException:
            pass  # the next request of a check is recorded
        finally:
            session.close()

    def _repeat(self, exchange: Exchange) -> Exchange:
        return repeat(self.client.session, exchange)


def load_judge(file: Path | None, overlays: Sequence[Path] = ()) -> Judge:
    """Return the judge of a spec, by default the shipped one. Raises CannotJudgeError."""
    try:
        judge = judge_of(loading.load(file or shipped("openapi.yaml"), overlays))
    except ContractError as error:
        raise CannotJudgeError(f"cannot read the contract: {error.violations[0]}") from None
    except OSError as error:
        raise CannotJudgeError(f"cannot read the contract: {error}") from None
    return with_implied_requirements(judge)
