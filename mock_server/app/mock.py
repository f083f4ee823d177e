"""A mock: everything that a response is made from, for one version of the files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .. import gallery
from ..contract.document.operation import Operation
from ..contract.document.spec import Spec
from ..contract.judge import Judge
from ..contract.requests import RequestJudge
from ..contract.routing import router_of
from ..contract.violations import ContractError, Violation
from ..control.health import Health
from ..fixtures.timeline import Timeline
from ..fixtures.values import Fixtures
from ..foundation.clock import Wall, wall
from ..http.admin_access import AdminAccess
from ..http.credentials import Credentials
from ..http.static_responses import StaticResponses
from ..operations import actions
from ..operations.call import Context
from ..operations.refusals import Refusals
from ..state.dataset import Dataset, dataset_of
from ..state.revalidation import drop_invalid_changes
from ..state.sessions import Sessions
from ..stores import MemoryStore, Store
from .request_resolution import RequestResolver
from .response_cache import ResponseCache

OWN_PATHS = ("/_mock", "/_s/")  # the mock's own; no static response is served below them


@dataclass(frozen=True)
class Mock:
    """A mock of one version of the files.

    page_templates: the URLs of the user's own pages, which the gallery shows. index_paths: those
    that lead to the gallery, because the document has no operation there.
    """

    context: Context
    resolver: RequestResolver
    health: Health
    admin_access: AdminAccess
    response_cache: ResponseCache
    page_templates: tuple[gallery.PageTemplate, ...] = ()
    index_paths: frozenset[str] = frozenset()

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
    any_token: bool = False,
    clock: Wall = wall,
    store: Store | None = None,
    starts_at: int | None = None,
    admin_access: AdminAccess | None = None,
    page_urls: Sequence[str] = (),
) -> Mock:
    """Return a mock of a document and its fixtures.

    any_token: whether unknown tokens belong to the first caller. clock: the wall clock. store:
    where sessions are kept, by default in memory. starts_at: the timestamp (ms) at which each
    session starts, by default the wall clock's. page_urls: the URL templates of the user's own
    pages, at most one for each type of resource.

    Raises ContractError if a lookup would be ambiguous, or a static response is never served.
    """
    sessions = Sessions(store or MemoryStore(), clock, starts_at)
    return _assembled(
        judge,
        fixtures,
        any_token,
        (sessions, Health(clock()), admin_access or AdminAccess()),
        None,
        page_urls,
    )


def reloaded(
    earlier: Mock,
    judge: Judge,
    fixtures: Fixtures,
    any_token: bool = False,
    page_urls: Sequence[str] = (),
) -> Mock:
    """Return a mock of the files as they are now, with the sessions of the earlier one.

    The timelines of the earlier version are kept, so that what plays goes on as it started. Raises
    ContractError as ``mock_of`` does.
    """
    lasting = (earlier.sessions, earlier.health, earlier.admin_access)
    return _assembled(judge, fixtures, any_token, lasting, earlier.dataset.timelines, page_urls)


def _assembled(
    judge: Judge,
    fixtures: Fixtures,
    any_token: bool,
    lasting: tuple[Sessions, Health, AdminAccess],
    timelines: dict[str, Timeline] | None,
    page_urls: Sequence[str],
) -> Mock:
    """A mock of the files, with what outlives a reload (``lasting``)."""
    spec, (sessions, health, admin_access) = judge.spec, lasting
    static_responses = StaticResponses(fixtures.static_responses)
    routed = [o for o in spec.operations.values() if not _is_static(o, static_responses)]
    _check_static(fixtures, routed)
    dataset = dataset_of(spec, fixtures, timelines)
    router = router_of(spec, routed)
    index_paths = (
        path
        for path in gallery.index.paths(spec)
        if router.match("GET", path) is None and not static_responses.methods(path)
    )
    mock = Mock(
        context=Context(judge, dataset, sessions),
        resolver=RequestResolver(
            spec,
            fixtures,
            RequestJudge(spec, judge.schemas),
            router,
            Credentials(dataset.catalog.callers, any_token),
            static_responses,
            Refusals(spec, judge.schemas),
        ),
        health=health,
        admin_access=admin_access,
        response_cache=ResponseCache(judge),
        page_templates=gallery.checked_page_urls(spec, page_urls),
        index_paths=frozenset(index_paths),
    )
    if timelines is not None or sessions.store.shared:  # its sessions may be of earlier files
        drop_invalid_changes(sessions, judge, dataset)
    return mock


def _is_static(operation: Operation, static_responses: StaticResponses) -> bool:
    """Return whether a file has the response of an operation that has no behaviour."""
    if actions.behaviour(operation) != "documented":
        return False
    return static_responses.response(operation.method, operation.path) is not None


def _check_static(fixtures: Fixtures, routed: list[Operation]) -> None:
    """Raise ContractError for static responses that could never be served."""
    paths = {operation.path for operation in routed}
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
