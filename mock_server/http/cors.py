"""Cross-origin answers (Fetch standard, section 3.3): a page of any origin may call the API."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ..contract.exchange import Request, Response

REQUEST_HEADERS = (
    "authorization",
    "content-type",
    "prefer",
    "x-mock-session",
    "last-event-id",
    "x-request-id",
)
TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, section 5.6.2
EXPOSED_HEADERS = (
    "allow, date, preference-applied, retry-after, www-authenticate, "
    "x-mock-static-response, x-mock-fault, x-request-id"
)
KEPT = "600"  # seconds for which a browser may keep a preflight's answer


def is_preflight(request: Request) -> bool:
    """Whether a browser asks for leave before the request proper."""
    headers = request.headers
    return (
        request.method == "OPTIONS"
        and "origin" in headers
        and "access-control-request-method" in headers
    )


def allowed(request: Request, answer: Response, methods: Iterable[str]) -> Response:
    """The answer with the headers by which a browser lets any page read it.

    A preflight passes whatever the request proper will be answered: behind one that fails, the
    page would never see the refusal.
    """
    if "origin" not in request.headers:
        return answer
    headers = [
        ("Access-Control-Allow-Origin", request.headers["origin"]),
        ("Access-Control-Allow-Credentials", "true"),
        ("Vary", "Origin"),
    ]
    if is_preflight(request):
        answer = answer if answer.status == 204 else Response(204)
        known = [*methods, request.headers["access-control-request-method"]]
        headers += [
            ("Access-Control-Allow-Methods", ", ".join(dict.fromkeys(known))),
            ("Access-Control-Allow-Headers", ", ".join(_headers(request))),
            ("Access-Control-Max-Age", KEPT),
        ]
    else:
        headers.append(("Access-Control-Expose-Headers", EXPOSED_HEADERS))
    return answer.with_headers(headers)


def _headers(request: Request) -> Iterator[str]:
    """The headers that a page may send: those that mean something here, and whatever it asks for,
    as tracing and analytics add their own to every request."""
    yield from REQUEST_HEADERS
    asked = request.headers.get("access-control-request-headers", "").lower()
    names = dict.fromkeys(TOKEN.findall(asked))
    yield from (name for name in names if name not in REQUEST_HEADERS)
