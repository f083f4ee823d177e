"""A mock: everything that a response is made from, for one version of the files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .. import gallery
from ..contract.document.operation import Operation
from ..contract.document.spec import Spec
from ..contract.judge import Judge
from ..contract.requests import RequestJudge
from ..contract.violations import ContractError, Violation
from ..control.health import Health
from ..fixtures.timeline import Timeline
from ..fixtures.values import Fixtures
from ..foundation.clock import Wall, wall
from ..http.admin_access import AdminAccess
from ..http.credentials import Credentials
from ..http.routing import Router
from ..http.static_responses import StaticResponses
from ..operations import actions
from ..operations.call import Context
from ..state.dataset import Dataset, dataset_of
from ..state.sessions import Sessions
from ..stores import MemoryStore, Store
from .request_resolution import RequestResolver
from .response_cache import ResponseCache

OWN_PATHS = ("/_mock", "/_s/")  # the mock's own; no static response is served below them


@dataclass(frozen=True)
class Mock:
    """A mock of one version of the files.

    page_url: the URL template of the user's own page, which the gallery links to.
    """

    context: Context
    resolver: RequestResolver
    health: Health
    admin_access: AdminAccess
    response_cache: ResponseCache
    page_url: str | None = None

    @property
    def dataset(self) -> Dataset:
        return self.context.dataset

    @property
    def spec(self) -> Spec:
        return self.context.dataset.spec

    @property
    def sessions(self) -> Sessions:
        return self.context.sessions


def mock_of(
    judge: Judge,
    fixtures: Fixtures,
    credentials: Credentials | None = None,
    clock: Wall = wall,
    store: Store | None = None,
    starts_at: int | None = None,
    admin_access: AdminAccess | None = None,
    page_url: str | None = None,
) -> Mock:
    """Return a mock of a document and its fixtures.

    credentials: by default the tokens of the accounts; clock: the wall clock; store: where sessions
    are kept, by default in memory; starts_at: the timestamp (ms) at which each session starts, by
    default the wall clock's; page_url: the URL template of the user's own page.

    Raises ContractError if a lookup would be ambiguous, or an operation has no response.
    """
    sessions = Sessions(store or MemoryStore(), clock, starts_at)
    return _assembled(
        judge,
        fixtures,
        credentials,
        (sessions, Health(clock()), admin_access or AdminAccess()),
        None,
        page_url,
    )


def reloaded(
    earlier: Mock,
    judge: Judge,
    fixtures: Fixtures,
    credentials: Credentials | None = None,
    page_url: str | None = None,
) -> Mock:
    """Return a mock of the files as they are now, with the sessions of the earlier one.

    The timelines of the earlier version are kept, so that what plays goes on as it started. Raises
    ContractError as ``mock_of`` does.
    """
    lasting = (earlier.sessions, earlier.health, earlier.admin_access)
    return _assembled(judge, fixtures, credentials, lasting, earlier.dataset.timelines, page_url)


def _assembled(
    judge: Judge,
    fixtures: Fixtures,
    credentials: Credentials | None,
    lasting: tuple[Sessions, Health, AdminAccess],
    timelines: dict[str, Timeline] | None,
    page_url: str | None,
) -> Mock:
    """A mock of the files, with what outlives a reload (``lasting``)."""
    spec, (sessions, health, admin_access) = judge.spec, lasting
    static_responses = StaticResponses(fixtures.static_responses)
    implemented = [o for o in spec.operations.values() if o.id in actions.OPERATIONS]
    _check_static(fixtures, implemented)
    _check_implemented(spec, static_responses, implemented)
    return Mock(
        context=Context(judge, dataset_of(spec, fixtures, timelines), sessions),
        resolver=RequestResolver(
            spec,
            fixtures,
            RequestJudge(spec, judge.schemas),
            Router((o.method, prefix + o.path, o) for o in implemented for prefix in spec.prefixes),
            credentials or Credentials(fixtures.accounts),
            static_responses,
        ),
        health=health,
        admin_access=admin_access,
        response_cache=ResponseCache(judge),
        page_url=gallery.checked_page_url(spec, page_url) if page_url else None,
    )


def _check_static(fixtures: Fixtures, implemented: list[Operation]) -> None:
    """Raise ContractError for static responses that could never be served."""
    paths = {operation.path for operation in implemented}
    violations = [
        Violation(
            "static-responses",
            "the mock itself responds at this path",
            found=f"{entry.method} {entry.path}",
            location=entry.source,
        )
        for entry in fixtures.static_responses
        if entry.path.startswith(OWN_PATHS) or entry.path in paths
    ]
    if violations:
        raise ContractError(violations)


def _check_implemented(
    spec: Spec, static_responses: StaticResponses, implemented: list[Operation]
) -> None:
    """Raise ContractError for operations that nothing would respond to."""
    violations = [
        Violation(
            "behaviour",
            "an operation must have behaviour, or a response in a file",
            operation.pointer,
            operation.id,
            "give it a response in static-responses.yaml",
            spec.document.location(operation.pointer),
        )
        for operation in _without_response(spec, static_responses, implemented)
    ]
    if violations:
        raise ContractError(violations)


def _without_response(
    spec: Spec, static_responses: StaticResponses, implemented: list[Operation]
) -> Iterator[Operation]:
    for operation in spec.operations.values():
        static = static_responses.response(operation.method, operation.path)
        if operation not in implemented and static is None:
            yield operation
