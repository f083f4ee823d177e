"""The credentials of a request, as the security schemes of its operation describe them."""

from __future__ import annotations

import base64

from mock_server.contract.document.operation import Operation, SecurityScheme

TOKEN = "any-token"
USER = "user"
UNCHECKED = ("", "mutualTLS")  # schemes that a request does not show

Pair = tuple[str, str]


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
            headers |= {"Authorization": _authorization(scheme, token)} if _is_sent(scheme) else {}
        elif scheme.location == "query":
            query.append((scheme.parameter, token))
        elif scheme.location == "cookie":
            cookies.append((scheme.parameter, token))
        else:
            headers[scheme.parameter] = token
    return headers, query, cookies


def _is_sent(scheme: SecurityScheme) -> bool:
    return scheme.kind not in UNCHECKED


def _authorization(scheme: SecurityScheme, token: str) -> str:
    if scheme.kind == "basic":
        return "Basic " + base64.b64encode(f"{USER}:{token}".encode()).decode()
    return f"{scheme.kind.title()} {token}"
