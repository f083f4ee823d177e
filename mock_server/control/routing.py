"""Route requests to the operations of the control API.

``control.yaml`` describes the API. The same code validates its requests and those of the mocked
API. Each request passes these steps: access (403, 401) → HTTP message (400) → operation (404, 405)
→ session (400) → request validation (415, 413, 400) → the function of the operation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path

from ..contract.document.loading import api_of
from ..contract.document.operation import Operation
from ..contract.document.schemas import Schemas
from ..contract.document.spec import Api, Spec
from ..contract.exchange import Request, Response
from ..contract.requests import Accepted, Rejected, RequestJudge
from ..contract.routing import Router
from ..contract.source import yaml_documents
from ..contract.source.yaml_documents import Document
from ..contract.violations import Violation, nearest, show
from ..http import cors, error_responses
from ..http.admin_access import AdminAccess
from ..http.error_responses import JSON
from ..operations.call import Context, RefusalError
from ..state import session_names, sessions
from ..stores import StoreUnavailableError
from .call import ControlCall
from .health import Health
from .naming import EXTENSION, Names, TypeNames, names_of, renamed
from .operations import OF_TIMELINES, OPERATIONS

NO_TIMELINES = Violation(
    "timelines",
    "the document describes no resource",
    fix="docs/resources.md explains how to describe one",
)
DOCUMENT = Path(__file__).with_name("control.yaml")


@dataclass(frozen=True)
class ControlApi:
    """The loaded control API: its document, its request validation and its router.

    names: those of the mocked API in the document.
    """

    api: Api
    judge: RequestJudge
    router: Router[Operation]
    names: Names

    @property
    def base(self) -> str:
        """Path of the control API, ``/_mock``."""
        return self.api.prefixes[0]


def control_api(spec: Spec | None = None) -> ControlApi:
    """Return the control API, with the names of a document, or else of ``control.yaml``."""
    document = _document()
    return _loaded(names_of(spec, document.data) if spec else None)


@cache
def _document() -> Document:
    return yaml_documents.read(DOCUMENT)


@lru_cache(16)
def _loaded(names: Names | None) -> ControlApi:
    document = _document()
    names = names or Names((TypeNames(**document.data[EXTENSION]),))
    api = api_of(replace(document, data=renamed(document.data, names)))
    base = api.prefixes[0]
    router = Router((o.method, base + o.path, o) for o in api.operations.values())
    return ControlApi(api, RequestJudge(api, Schemas(api.data)), router, names)


def respond(
    context: Context, health: Health, admin_access: AdminAccess, request: Request
) -> Response | None:
    """Return the response to a request for the control API; None for any other request."""
    control, (_, path) = control_api(context.dataset.spec), session_names.split_path(request.path)
    if path != control.base and not path.startswith(control.base + "/"):
        return None
    foreign = admin_access.foreign(request)
    if foreign is not None:
        return error_responses.error(control.api.outside[403], None, [foreign])
    if not admin_access.is_allowed_page(request):
        return _response(control, context, health, admin_access, request, path)
    match = control.router.match(request.method, path)
    response = (
        Response(204)  # a preflight has no token
        if cors.is_preflight(request)
        else _response(control, context, health, admin_access, request, path)
    )
    return cors.allowed(request, response, match.allow if match else ())


def _response(
    control: ControlApi,
    context: Context,
    health: Health,
    admin_access: AdminAccess,
    request: Request,
    path: str,
) -> Response:
    """Return the response to a request that may have access. path: without the session."""
    errors = control.api.outside
    if not admin_access.knows(request):
        return error_responses.error(errors[401])
    if request.parse_error is not None:
        return error_responses.error(errors[400], None, [request.parse_error])
    match = control.router.match(request.method, path)
    if match is None:
        return error_responses.error(errors[404])
    allow = [("Allow", ", ".join(match.allow))]
    if request.method == "OPTIONS":
        return Response(204, tuple(allow))
    operation = match.endpoint
    if operation is None:
        return error_responses.error(errors[405]).with_headers(allow)
    if operation.id in OF_TIMELINES and not context.dataset.spec.types:
        return error_responses.error(operation.responses[400], None, [NO_TIMELINES])
    try:
        session, _ = session_names.session_of(request)
        accepted = _accepted(control.judge, operation, request, match.path)
        body = OPERATIONS[operation.id](
            ControlCall(context, health, session, accepted, control.names)
        )
    except session_names.SessionNameError as error:
        return error_responses.error(errors[400], None, [error.violation])
    except (sessions.TooManySessionsError, sessions.TooManyStreamsError, StoreUnavailableError):
        return error_responses.error(errors[503])
    except RefusalError as refusal:
        return error_responses.error(
            operation.responses[refusal.status], refusal.code, refusal.issues
        )
    return Response(200, JSON, error_responses.encode_in_parts(body))


def _accepted(
    judge: RequestJudge,
    operation: Operation,
    request: Request,
    path_parameters: Mapping[str, str],
) -> Accepted:
    """Return the parsed request. Raise RefusalError if it is not valid for its operation.

    Unlike the mocked API, this one refuses unknown query parameters, so that a typo is noticed.
    """
    verdict = judge.judge(operation, request, path_parameters)
    valid = [parameter.name for parameter in operation.parameters]
    names = [name.encode("utf-8", "replace").decode() for name, _ in request.query]
    issues = [
        Violation("query", "unknown query parameter", name, show(name), nearest(name, valid))
        for name in dict.fromkeys(names)
        if name not in valid
    ]
    if isinstance(verdict, Rejected):
        raise RefusalError(verdict.status, None, [*issues, *verdict.violations])
    if issues:
        raise RefusalError(400, None, issues)
    return verdict
