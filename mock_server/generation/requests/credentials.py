"""The credentials of a request, as the security schemes of its operation describe them."""

from __future__ import annotations

import base64

from ...contract.document.operation import Operation, SecurityScheme
from ...contract.requests.styles import Pair

TOKEN = "any-token"
USER = "user"


def credentials_of(
    operation: Operation, token: str = TOKEN
) -> tuple[dict[str, str], list[Pair], list[Pair]]:
    """Return the headers, query and cookies with which a request is allowed.

    They are empty if the operation also works without credentials.
    """
    headers: dict[str, str] = {}
    query: list[Pair] = []
    cookies: list[Pair] = []
    for scheme in operation.security[0] if operation.needs_token else ():
        if scheme.kind != "apiKey":
            text = _authorization(scheme, token)
            headers |= {"Authorization": text} if scheme.in_request else {}
        elif scheme.location == "query":
            query.append((scheme.parameter, token))
        elif scheme.location == "cookie":
            cookies.append((scheme.parameter, token))
        else:
            headers[scheme.parameter] = token
    return headers, query, cookies


def _authorization(scheme: SecurityScheme, token: str) -> str:
    if scheme.kind == "basic":
        return "Basic " + base64.b64encode(f"{USER}:{token}".encode()).decode()
    return f"{scheme.kind.title()} {token}"
