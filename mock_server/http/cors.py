"""CORS (Fetch standard, section 3.3): a page of any origin may call the API."""

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
# Names that need not be listed, because they are, or because a page may read them anyway
# (Fetch standard, section 2.2.2), or must never (Set-Cookie)
READABLE = frozenset(
    {*EXPOSED_HEADERS.split(", "), "cache-control", "content-language", "content-length",
     "content-type", "expires", "last-modified", "pragma", "set-cookie"}
)  # fmt: skip
MAX_AGE = "600"  # seconds for which a browser may cache a preflight


def is_preflight(request: Request) -> bool:
    """Return whether a request is a preflight of a browser."""
    headers = request.headers
    return (
        request.method == "OPTIONS"
        and "origin" in headers
        and "access-control-request-method" in headers
    )


def allowed(request: Request, response: Response, methods: Iterable[str]) -> Response:
    """Return the response with the headers that let a page of any origin read it.

    A preflight always succeeds, also for a request that will be refused: after a failed preflight
    the page could not read the reason.
    """
    if "origin" not in request.headers:
        return response
    headers = [
        ("Access-Control-Allow-Origin", request.headers["origin"]),
        ("Access-Control-Allow-Credentials", "true"),
        ("Vary", "Origin"),
    ]
    if is_preflight(request):
        response = response if response.status == 204 else Response(204)
        known = [*methods, request.headers["access-control-request-method"]]
        headers += [
            ("Access-Control-Allow-Methods", ", ".join(dict.fromkeys(known))),
            ("Access-Control-Allow-Headers", ", ".join(_headers(request))),
            ("Access-Control-Max-Age", MAX_AGE),
        ]
    else:
        headers.append(("Access-Control-Expose-Headers", _exposed(response)))
    return response.with_headers(headers)


def _exposed(response: Response) -> str:
    """The headers that a page may read: those of the mock, and those of the document."""
    names = (name.lower() for name, _ in response.headers)
    more = dict.fromkeys(name for name in names if name not in READABLE)
    return ", ".join([EXPOSED_HEADERS, *more]) if more else EXPOSED_HEADERS


def _headers(request: Request) -> Iterator[str]:
    """The headers that a page may send: those that the mock reads, and all that the preflight
    names, since tracing and analytics add their own to every request."""
    yield from REQUEST_HEADERS
    requested = request.headers.get("access-control-request-headers", "").lower()
    names = dict.fromkeys(TOKEN.findall(requested))
    yield from (name for name in names if name not in REQUEST_HEADERS)
