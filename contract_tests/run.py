"""One contract run: what it was told, what it knows, and the record of what it saw."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from urllib.parse import urlsplit

import requests

from mock_server.contract import loading
from mock_server.contract.judge import Judge, judge_of
from mock_server.contract.requests import RequestJudge
from mock_server.contract.spec import Operation, Spec
from mock_server.contract.violations import ContractError
from mock_server.shipped import shipped

from .builds import Access, Followed, access_of, owner_of, rebuildable
from .expectations import Expectations
from .knowledge import Asker, Known, learn, probe
from .observations import Record
from .options import Settings
from .roles import SUCCESS, Thing, lookups
from .target import JSON, Exchange, Session, Target, reason
from .verdict import CannotJudgeError, Verdict


@dataclass
class Run:
    """A run under way. ``asker`` sends requests in the thread of the tests."""

    settings: Settings
    judge: Judge
    target: Target
    record: Record
    asker: Asker
    known: Known
    owners: dict[str, str]  # by token, the key of its account
    asked: list[str] = field(default_factory=list)
    unverified: dict[str, str] = field(default_factory=dict)
    unasked: dict[str, str] = field(default_factory=dict)

    @property
    def spec(self) -> Spec:
        return self.judge.spec

    @property
    def access(self) -> Access | None:
        """How releases are seen and rebuilt; None when that is not offered."""
        return access_of(self.spec, self.record.hidden)

    @cached_property
    def followed(self) -> Followed | None:
        """The release that this run has rebuilt, once; None when it can rebuild none."""
        access = self.access
        if access is None or self.target.token is None:
            return None
        owner = self.owners.get(self.target.token)
        for release in rebuildable(self.spec, self.known, owner)[:5]:
            followed = Followed(self.record, access, release, self.settings.build_timeout)
            if followed.begin(self.asker, self.new_asker()):
                return followed
        return None

    def new_asker(self) -> Asker:
        """One for another thread."""
        session = Session(self.target, self.record.hear, self.record.miss)
        return Asker(self.spec, session)

    def releases(self, *, of_token: str | None) -> Iterator[Thing]:
        """Known releases that the account of a token owns, apart from the one followed."""
        if of_token is None or of_token not in self.owners:
            return
        for release, chain in self.known.of(self.spec.release):
            if owner_of(self.spec, chain) == self.owners[of_token] and not self.is_followed(
                release
            ):
                yield release

    def look(self, release: Thing) -> tuple[Thing, Exchange] | None:
        """A known release as it stands now; None when it cannot be seen."""
        access = self.access
        if access is None:
            return None
        operation, key = access.look
        asked = {key: str(release[self.spec.entities[self.spec.release].key])}
        exchange = self.asker.ask(operation, asked)
        things = self.asker.things(operation, exchange)
        return (things[0], exchange) if things else None

    def snapshot(self) -> dict[str, tuple[Thing, Exchange]]:
        """All known releases by their keys, as they stand now."""
        key = self.spec.entities[self.spec.release].key
        looked = {r[key]: self.look(r) for r, _ in self.known.of(self.spec.release)}
        return {name: seen for name, seen in looked.items() if seen is not None}

    def is_followed(self, release: Thing) -> bool:
        """Whether this is the release whose build is being followed."""
        key = self.spec.entities[self.spec.release].key
        followed = self.__dict__.get("followed")
        return followed is not None and followed.key == release.get(key)

    def verdict(self) -> Verdict:
        """All that the run has come to."""
        record = self.record
        broken = {finding.operation for finding in record.findings}
        asked = tuple(dict.fromkeys(self.asked))
        verified = frozenset(record.verified) & frozenset(asked) - broken
        unverified = dict(self.unverified)
        for name in asked:
            if name in record.hidden:
                operation = self.spec.operations[name]
                unverified[name] = f"{operation.method} {operation.path} is not offered"
            elif name not in verified | broken:
                unverified.setdefault(name, "no request of it was answered with success")
        return Verdict(
            findings=record.findings,
            asked=asked,
            verified=verified,
            rules=self._rules(),
            rules_asked=len(record.rules_asked),
            exchanges=record.exchanges,
            seed=self.settings.seed,
            unverified=unverified,
            unasked=self.unasked,
        )

    def _rules(self) -> int:
        """How many rules there are, apart from those of optional operations."""
        rules = self.judge.rules
        of_operations = [
            rules.of_operations.get(name, ())
            for name, operation in self.spec.operations.items()
            if not operation.optional
        ]
        return sum(len(group) for group in (*rules.of_schemas.values(), *of_operations))


def load_judge(file: Path | None) -> Judge:
    """The judge by a spec, by default the shipped one. Raises CannotJudgeError."""
    try:
        return judge_of(loading.load(file or shipped("openapi.yaml")))
    except ContractError as error:
        raise CannotJudgeError(f"the contract cannot be read: {error.violations[0]}") from None
    except OSError as error:
        raise CannotJudgeError(f"the contract cannot be read: {error}") from None


def prepare(settings: Settings, judge: Judge) -> Run:
    """A run whose target answers, knows the tokens, and has something to ask for.

    Raises CannotJudgeError when that is not so.
    """
    if not settings.target:
        raise CannotJudgeError(
            "there is no target: give --target URL, as http://127.0.0.1:3100/api"
        )
    parts = urlsplit(settings.target)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment:
        raise CannotJudgeError(
            f"--target {settings.target}: give a base URL, as http://127.0.0.1:3100/api"
        )
    for token in (settings.token, settings.other_token):
        if token is not None and not (token.isascii() and token.isprintable() and " " not in token):
            raise CannotJudgeError("a token has only printable ASCII characters and no blanks")
    target = Target(settings.target.rstrip("/"), settings.token, settings.other_token)
    expectations = Expectations(judge.spec, RequestJudge(judge.spec, judge.schemas), target)
    record = Record(judge, expectations, target)
    asker = Asker(judge.spec, Session(target, record.hear, record.miss))
    run = Run(settings, judge, target, record, asker, Known(()), {})
    try:
        _contact(run)
        run.known = learn(asker, settings.package, settings.release_id)
        record.hidden = {
            name for name in record.hidden if not _offered(run, judge.spec.operations[name])
        }
        _know_owners(run)
    except requests.RequestException as error:
        raise CannotJudgeError(
            f"{target.base} does not answer: {reason(error)}; is the target running there?"
        ) from None
    if not run.known.chains and not record.findings:
        named = ", ".join((*settings.package, *settings.release_id)) or "the shipped packages"
        raise CannotJudgeError(
            f"nothing known to ask for: {target.base} has nothing of {named};"
            " name what it has with --package owner/name or --release-id ID"
        )
    return run


def _contact(run: Run) -> None:
    """Finds out which operations the target seems to offer. Raises CannotJudgeError for none."""
    operations = [operation for operation, _ in lookups(run.spec)]
    quiet = Asker(run.spec, Session(run.target, lambda _: None))
    answers = {}
    for operation in operations:
        exchange = quiet.ask(operation, probe(operation, Known(())))
        location = exchange.answer.header("location")
        if 300 <= exchange.answer.status < 400 and location:
            raise CannotJudgeError(
                f"{exchange.url} redirects to {location}: give --target the place itself"
            )
        if _seems_absent(run.judge, exchange):
            answers[operation.id] = (
                f"{operation.method} {operation.path} answers {exchange.answer.status}"
            )
    run.record.hidden = set(answers)
    if len(answers) == len(operations):
        raise CannotJudgeError(
            f"nothing of the contract is offered at {run.target.base}"
            f" ({next(iter(answers.values()))}): does the base URL have the right path?"
        )


def _seems_absent(judge: Judge, exchange: Exchange) -> bool:
    answer = exchange.answer
    if answer.status in (405, 501):
        return True
    if answer.status != 404:
        return False
    return answer.media_type != JSON or not judge.outside(404, answer)


def _offered(run: Run, operation: Operation) -> bool:
    """Whether an operation that seemed absent answers a request for what is known."""
    quiet = Asker(run.spec, Session(run.target, lambda _: None))
    return quiet.ask(operation, probe(operation, run.known)).answer.status == SUCCESS


def _know_owners(run: Run) -> None:
    """The accounts of the tokens, as far as an operation tells them. Raises CannotJudgeError."""
    for operation, lookup in lookups(run.spec):
        if not lookup.otherwise or operation.id in run.record.hidden:
            continue
        for option, token in (
            ("--token", run.target.token),
            ("--other-token", run.target.other_token),
        ):
            if token is None:
                continue
            exchange = run.asker.ask(operation, {}, token=token)
            if exchange.answer.status == 401:
                raise CannotJudgeError(
                    f"the token given with {option} is refused: {operation.id} answers 401"
                )
            for thing in run.asker.things(operation, exchange):
                run.owners[token] = str(thing.get(run.spec.entities[lookup.finds].key))
