"""The admin API: how a test or a developer steers the mock.

It is an OpenAPI document (``admin.yaml``), judged by the machinery that judges the contract. The
way of a call: guard (403, 401) → message (400) → operation (404, 405) → session → request check
(415, 413, 400) → the function of the operation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ..contract.document.loading import load_api
from ..contract.document.schemas import Schemas
from ..contract.document.spec import Api, Operation
from ..contract.exchange import Request, Response, looked_up, with_implied
from ..contract.requests import Accepted, Refused, RequestJudge
from ..contract.violations import Violation, nearest, show
from ..http import error_responses
from ..http.admin_access import AdminAccess
from ..http.error_responses import JSON
from ..operations.call import Context, RefusalError
from ..state import sessions
from ..stores import StoreLostError
from .call import Call
from .health import Health
from .operations import CALLS

DOCUMENT = Path(__file__).with_name("control.yaml")
PARAMETER = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Route:
    """A path of the API, as a pattern that names its parameters, and its operations by method."""

    pattern: re.Pattern[str]
    methods: Mapping[str, Operation]


@dataclass(frozen=True)
class Admin:
    """The admin API, read."""

    api: Api
    judge: RequestJudge
    routes: tuple[Route, ...]

    @property
    def base(self) -> str:
        """The path below which it is."""
        return self.api.prefixes[0]


@cache
def admin() -> Admin:
    """The admin API; read once in a process."""
    api = load_api(DOCUMENT)
    return Admin(api, RequestJudge(api, Schemas(api.data)), tuple(_routes(api)))


def respond(
    context: Context, health: Health, admin_access: AdminAccess, request: Request
) -> Response | None:
    """The answer to a request that is addressed to the admin API; None to any other."""
    its, (_, path) = admin(), sessions.split(request.path)
    if path != its.base and not path.startswith(its.base + "/"):
        return None
    outside = its.api.outside
    foreign = admin_access.foreign(request)
    if foreign is not None:
        return error_responses.error(outside[403], None, [foreign])
    if not admin_access.knows(request):
        return error_responses.error(outside[401])
    if request.broken is not None:
        return error_responses.error(outside[400], None, [request.broken])
    routes = ((route.pattern.fullmatch(path), route.methods) for route in its.routes)
    found = next(((match.groupdict(), methods) for match, methods in routes if match), None)
    if found is None:
        return error_responses.error(outside[404])
    in_path, methods = found
    allow = [("Allow", ", ".join(with_implied(methods)))]
    if request.method == "OPTIONS":
        return Response(204, tuple(allow))
    operation = methods.get(looked_up(request.method))
    if operation is None:
        return error_responses.error(outside[405]).with_headers(allow)
    try:
        session, _ = sessions.named(request)
        accepted = _accepted(its.judge, operation, request, in_path)
        body = CALLS[operation.id](Call(context, health, session, accepted))
    except sessions.SessionNameError as error:
        return error_responses.error(outside[400], None, [error.violation])
    except (sessions.TooManySessionsError, sessions.TooManyStreamsError, StoreLostError):
        return error_responses.error(outside[503])
    except RefusalError as refusal:
        return error_responses.error(
            operation.responses[refusal.status], refusal.code, refusal.issues
        )
    return Response(200, JSON, error_responses.encode(body))


def _accepted(
    judge: RequestJudge, operation: Operation, request: Request, in_path: Mapping[str, str]
) -> Accepted:
    """The request, if it keeps the form of its operation. Raises RefusalError."""
    verdict = judge.judge(operation, request, in_path)
    known = [parameter.name for parameter in operation.parameters]
    given = [name.encode("utf-8", "replace").decode() for name, _ in request.query]
    issues = [
        Violation("query", "is no parameter", name, show(name), nearest(name, known))
        for name in dict.fromkeys(given)
        if name not in known
    ]
    if isinstance(verdict, Refused):
        raise RefusalError(verdict.status, None, [*issues, *verdict.violations])
    if issues:
        raise RefusalError(400, None, issues)
    return verdict


def _routes(api: Api) -> Iterator[Route]:
    """The routes; those without parameters come first."""
    paths: dict[str, dict[str, Operation]] = {}
    for operation in api.operations.values():
        paths.setdefault(api.prefixes[0] + operation.path, {})[operation.method] = operation
    for path in sorted(paths, key=lambda path: "{" in path):
        literal = (re.escape(part) for part in PARAMETER.split(path)[::2])
        names = [f"(?P<{name}>[^/]+)" for name in PARAMETER.findall(path)] + [""]
        pattern = "".join(text + name for text, name in zip(literal, names, strict=True))
        yield Route(re.compile(pattern), paths[path])
