"""A mock: all that it answers with, made of a spec and fixtures."""

from __future__ import annotations

from dataclasses import dataclass

from .. import gallery
from ..contract.document.spec import Operation, Spec
from ..contract.judge import Judge
from ..contract.requests import RequestJudge
from ..contract.violations import ContractError, Violation
from ..control.health import Health
from ..fixtures.values import Fixtures
from ..foundation.clock import Wall, wall
from ..http.admin_access import AdminAccess
from ..http.credentials import Credentials
from ..http.static_responses import StaticResponses
from ..operations import actions
from ..operations.call import Context
from ..state.playback import Dataset, dataset_of
from ..state.sessions import Sessions
from ..stores import MemoryStore, Store
from .request_resolution import Reader, Routes
from .response_cache import ResponseCache

OWN_PATHS = ("/_mock", "/_s/")  # below which no file answers


@dataclass(frozen=True)
class Mock:
    """Everything that a mock answers with.

    page_url: the template of the address of the real page, to which the gallery leads.
    """

    context: Context
    reader: Reader
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
    begins: int | None = None,
    earlier: Mock | None = None,
    admin_access: AdminAccess | None = None,
    page_url: str | None = None,
) -> Mock:
    """A mock of a spec and fixtures.

    clock: the wall clock; store: where sessions are kept; begins: the instant (milliseconds) at
    which each session begins, when it is not the wall clock's; page_url: where the real page shows
    a release. Raises ContractError when things cannot be looked up without doubt, or an operation
    has neither behaviour nor a plain answer.
    """
    spec = judge.spec
    static_responses = StaticResponses(fixtures.static_responses)
    behaving = set(actions.ANSWERS) & set(spec.operations)
    silent = [
        operation
        for operation in spec.operations.values()
        if operation.id not in behaving
        and static_responses.answer(operation.method, operation.path) is None
    ]
    hidden = [
        Violation(
            "static-responses", "is answered by the mock itself", found=found, place=entry.source
        )
        for entry in fixtures.static_responses
        for found in (f"{entry.method} {entry.path}",)
        if entry.path.startswith(OWN_PATHS)
        or any(o.path == entry.path and o.id in behaving for o in spec.operations.values())
    ]
    if hidden:
        raise ContractError(hidden)
    if silent:
        cure = "give it an answer in static-responses.yaml"
        message = "an operation has behaviour, or an answer in a file"
        at = spec.document.place
        raise ContractError(
            [Violation("behaviour", message, o.pointer, o.id, cure, at(o.pointer)) for o in silent]
        )
    kept = earlier.sessions if earlier else Sessions(store or MemoryStore(), clock, begins)
    timelines = earlier.dataset.timelines if earlier else None
    return Mock(
        context=Context(judge, dataset_of(spec, fixtures, timelines), kept),
        reader=Reader(
            spec,
            fixtures,
            RequestJudge(spec, judge.schemas),
            _routes(spec, behaving),
            credentials or Credentials(fixtures.accounts),
            static_responses,
        ),
        health=earlier.health if earlier else Health(clock()),
        admin_access=admin_access or (earlier.admin_access if earlier else AdminAccess()),
        response_cache=ResponseCache(judge),
        page_url=gallery.page_url(spec, page_url) if page_url else None,
    )


def _routes(spec: Spec, behaving: set[str]) -> Routes:
    routes: dict[str, dict[str, Operation]] = {}
    for operation in spec.operations.values():
        for prefix in spec.prefixes if operation.id in behaving else ():
            routes.setdefault(prefix + operation.path, {})[operation.method] = operation
    return routes
