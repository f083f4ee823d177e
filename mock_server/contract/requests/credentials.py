"""The credentials that a request shows, valid or not: only a server knows which are valid."""

from __future__ import annotations

from collections.abc import Iterator

from werkzeug.http import parse_cookie

from ..document.operation import Operation, SecurityScheme
from ..exchange import Request

BEARER, BASIC, API_KEY = "bearer", "basic", "apiKey"


def needed(scheme: SecurityScheme) -> str:
    """Return what a request needs for a scheme."""
    if scheme.kind == API_KEY:
        return f"the {scheme.location} `{scheme.parameter}` with a valid key"
    if scheme.kind in (BEARER, BASIC):
        return f"the header `Authorization: {scheme.kind.title()}` with valid credentials"
    return f"credentials of the scheme {scheme.name}"


def has_any(operation: Operation, request: Request) -> bool:
    """Return whether a request has credentials of any scheme, valid or not."""
    schemes = [scheme for one in operation.security for scheme in one]
    keys = (keys_in(scheme, request) for scheme in schemes if scheme.kind == API_KEY)
    return "authorization" in request.headers or any(any(each) for each in keys)


def keys_in(scheme: SecurityScheme, request: Request) -> Iterator[str]:
    """Yield the values of an API key in a request."""
    if scheme.location == "query":
        yield from (value for name, value in request.query if name == scheme.parameter)
    elif scheme.location == "cookie":
        yield from parse_cookie(request.headers.get("cookie", "")).getlist(scheme.parameter)
    elif scheme.parameter.lower() in request.headers:
        yield request.headers[scheme.parameter.lower()]
