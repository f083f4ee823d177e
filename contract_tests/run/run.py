"""One contract run: what it was told, what it knows, and the record of what it saw."""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

import requests

from mock_server.contract.document import loading
from mock_server.contract.document.spec import Lookup, Operation, Spec
from mock_server.contract.judge import Judge, judge_of
from mock_server.contract.violations import ContractError, Violation
from mock_server.foundation.shipped_files import shipped

from ..config.options import Settings
from ..exit_codes import CannotJudgeError
from ..target.knowledge import KnownResources, TargetClient
from ..target.roles import Resource, key_parameter, lookups, returns_list
from ..target.target import Exchange, Target, TargetSession
from .builds import FollowedBuild, ReleaseOperations, owner_of, rebuildable, release_operations
from .recorder import Recorder


@dataclass
class Run:
    """A run under way. ``asker`` sends requests in the thread of the tests."""

    settings: Settings
    judge: Judge
    target: Target
    recorder: Recorder
    client: TargetClient
    known: KnownResources
    owners: dict[str, str]  # by token, the key of its account
    operations_to_verify: list[str] = field(default_factory=list)
    unverified: dict[str, str] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)
    excluded: dict[str, str] = field(default_factory=dict)  # operations that are not to be asked
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def spec(self) -> Spec:
        return self.judge.spec

    @property
    def access(self) -> ReleaseOperations | None:
        """How releases are seen and rebuilt; None when that is not offered."""
        return release_operations(self.spec, self.recorder.ignored)

    @property
    def offered(self) -> list[tuple[Operation, Lookup]]:
        """The operations that are to be judged, apart from what the target lacks."""
        return [pair for pair in lookups(self.spec) if pair[0].id not in self.recorder.ignored]

    @cached_property
    def followed(self) -> FollowedBuild | None:
        """The release that this run has rebuilt, once; None when it can rebuild none."""
        access = self.access
        if access is None or self.target.token is None:
            return None
        owner = self.owners.get(self.target.token)
        for release in rebuildable(self.spec, self.known, owner)[:5]:
            followed = FollowedBuild(self.recorder, access, release, self.settings.build_timeout)
            if followed.begin(self.client, self.new_client()):
                if followed.thread is not None:
                    self.recorder.checks[followed.thread.ident] = self.recorder.check
                return followed
        return None

    def new_client(self) -> TargetClient:
        """One for another thread."""
        session = TargetSession(self.target, self.recorder.record, self.recorder.record_error)
        return TargetClient(self.spec, session)

    def releases(self, *, of_token: str | None) -> Iterator[Resource]:
        """Known releases that the account of a token owns, apart from the one followed."""
        if of_token is None or of_token not in self.owners:
            return
        for release, chain in self.known.of(self.spec.release):
            if owner_of(self.spec, chain) == self.owners[of_token] and not self.is_followed(
                release
            ):
                yield release

    def look(self, release: Resource) -> tuple[Resource, Exchange] | None:
        """A known release as it stands now; None when it cannot be seen."""
        looks = keyed(self.spec, self.spec.release, self.recorder.ignored)
        if not looks:
            return None
        operation, key = looks[0]
        asked = {key: str(release[self.spec.entities[self.spec.release].key])}
        exchange = self.client.call(operation, asked)
        resources = self.client.resources(operation, exchange)
        return (resources[0], exchange) if resources else None

    def snapshot(self) -> dict[str, tuple[Resource, Exchange]]:
        """All known releases by their keys, as they stand now."""
        key = self.spec.entities[self.spec.release].key
        looked = {r[key]: self.look(r) for r, _ in self.known.of(self.spec.release)}
        return {name: seen for name, seen in looked.items() if seen is not None}

    def is_followed(self, release: Resource) -> bool:
        """Whether this is the release whose build is being followed."""
        key = self.spec.entities[self.spec.release].key
        followed = self.__dict__.get("followed")
        return followed is not None and followed.key == release.get(key)

    def confirm_slow(self) -> None:
        """Finds the operations that answer slowly, also when they are asked again."""
        longest = self.settings.max_response_time
        for name, slowest in list(self.recorder.response_times.slowest.items()):
            if self.recorder.target_is_gone or name in self.recorder.ignored:
                continue
            operation = self.spec.operations[name]
            if operation.responses[200].events:
                continue  # a stream takes as long as what it tells of
            again = None if operation.effect else self._again
            try:
                slow = self.recorder.response_times.slow(name, longest, again)
            except requests.RequestException:
                continue  # the record has noted it
            if slow is not None:
                message = f"answers within {longest:g} s (--max-response-time)"
                self.recorder.report(
                    operation, Violation("slow", message, "", f"{slow[0]:.1f} s"), slowest
                )

    def _again(self, exchange: Exchange) -> Exchange:
        asked = exchange.request
        names = ("content-type", "authorization", "accept")
        headers = {name: asked.headers[name] for name in names if name in asked.headers}
        body = asked.body or None
        return self.client.session.send_to_url(asked.method, exchange.url, body, headers)


def keyed(spec: Spec, name: str, hidden: Container[str] = ()) -> list[tuple[Operation, str]]:
    """The operations that show one thing of a schema by its key and change nothing, with the
    request key."""
    return [
        (operation, key)
        for operation, lookup in lookups(spec)
        if lookup.finds == name and operation.id not in hidden and not operation.effect
        if (key := key_parameter(spec, operation)) and not returns_list(operation)
    ]


def load_judge(file: Path | None) -> Judge:
    """The judge by a spec, by default the shipped one. Raises CannotJudgeError."""
    try:
        return judge_of(loading.load(file or shipped("openapi.yaml")))
    except ContractError as error:
        raise CannotJudgeError(f"the contract cannot be read: {error.violations[0]}") from None
    except OSError as error:
        raise CannotJudgeError(f"the contract cannot be read: {error}") from None
