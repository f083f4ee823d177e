"""Credentials of a request, and their callers: bearer tokens, basic credentials and API keys.

A document can have any security schemes (OpenAPI 3.1, section 4.8.27). If the fixtures have tokens,
one of the credentials must be such a token; else all credentials are accepted that have the right
form.
"""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from werkzeug.sansio.http import parse_cookie

from ..contract.document.operation import Operation, SecurityScheme
from ..contract.exchange import Request, Response
from ..generation.requests.credentials import TOKEN
from ..state.catalog import Caller

# RFC 6750, section 2.1: the scheme in any case, spaces, one b64token.
BEARER = re.compile(r"[Bb][Ee][Aa][Rr][Ee][Rr] +([A-Za-z0-9._~+/-]+=*)\Z")
BASIC = re.compile(r"[Bb][Aa][Ss][Ii][Cc] +([A-Za-z0-9+/]+=*)\Z")  # RFC 7617, section 2
REALM = "mock"
CHALLENGE = "WWW-Authenticate"
NOBODY = Caller("", None)  # credentials that belong to no known caller, or none


@dataclass(frozen=True)
class Credentials:
    """The known tokens. With ``any_token`` every other token belongs to the first caller."""

    callers: tuple[Caller, ...]
    any_token: bool = False

    def identified(self, operation: Operation, request: Request) -> Caller | None:
        """Return the caller of an operation; None if the request lacks valid credentials.

        Alternatives with credentials are tried first, so that an operation which also works
        without them knows the account.
        """
        for alternative in operation.security:
            caller = self._identified(alternative, request) if alternative else None
            if caller is not None:
                return caller
        return None if operation.needs_token else NOBODY

    def _identified(self, schemes: tuple[SecurityScheme, ...], request: Request) -> Caller | None:
        """Return the caller that has the credentials of every scheme; None if one is missing."""
        credentials = []
        for scheme in schemes:
            secret = READERS.get(scheme.kind, _of_other)(scheme, request)
            if secret is None:
                return None
            credentials.append((scheme, secret))
        callers = (self._caller(secret) for _, secret in credentials)
        caller = next((each for each in callers if each is not None), None)
        names_caller = any(scheme.kind in ("bearer", "apiKey") for scheme in schemes)
        if caller is None and names_caller and self.callers:
            return None
        return caller or NOBODY

    def _caller(self, secret: str) -> Caller | None:
        """Return the caller with a token; None if the token is not known.

        Every known token is compared, in constant time, so that the time reveals nothing.
        """
        token, found = secret.encode("utf-8", "surrogateescape"), None
        for caller in self.callers:
            if hmac.compare_digest(caller.token.encode(), token):
                found = caller
        if found is None and self.any_token and self.callers:
            return self.callers[0]
        return found


def first_token(callers: Iterable[Caller]) -> str:
    """Return the first token; without one, a text that is accepted as any token."""
    return next((caller.token for caller in callers), TOKEN)


def with_challenge(operation: Operation, response: Response) -> Response:
    """Return a 401 that names the schemes which the operation accepts (RFC 9110, section 11.6.1).

    An API key belongs to no scheme of HTTP. If the operation accepts nothing else, the response has
    the header only if the document describes it.
    """
    schemes = (scheme for alternative in operation.security for scheme in alternative)
    kinds = (each.kind for each in schemes if each.in_request and each.kind != "apiKey")
    challenges = [_challenge(kind) for kind in dict.fromkeys(kinds)]
    documented = operation.documented(response.status)
    described = {name.lower() for name in documented.headers} if documented else set()
    if not challenges and CHALLENGE.lower() in described:
        return response
    others = tuple(pair for pair in response.headers if pair[0].lower() != CHALLENGE.lower())
    challenge = ((CHALLENGE, ", ".join(challenges)),) if challenges else ()
    return replace(response, headers=(*others, *challenge))


def _challenge(kind: str) -> str:
    return f'Basic realm="{REALM}"' if kind == "basic" else kind.title()


def _bearer(_scheme: SecurityScheme, request: Request) -> str | None:
    given = BEARER.match(request.headers.get("authorization", ""))
    return given and given.group(1)


def _basic(_scheme: SecurityScheme, request: Request) -> str | None:
    """Return the password of basic credentials; the name if the password is empty."""
    given = BASIC.match(request.headers.get("authorization", ""))
    try:
        text = base64.b64decode(given.group(1), validate=True) if given else b""
    except ValueError:
        return None
    name, colon, password = text.decode("utf-8", "replace").partition(":")
    return (password or name) if colon else None


def _api_key(scheme: SecurityScheme, request: Request) -> str | None:
    name, headers = scheme.parameter, request.headers
    if scheme.location == "query":
        found = next((text for key, text in request.query if key == name), None)
    elif scheme.location == "cookie":
        found = parse_cookie(headers.get("cookie", "")).get(name)
    else:
        found = headers.get(name.lower())
    # Documents also describe bearer tokens as API keys in the header Authorization.
    token = BEARER.match(found or "")
    return (token.group(1) if token else found) or None


def _unchecked(_scheme: SecurityScheme, _request: Request) -> str:
    return ""


def _of_other(scheme: SecurityScheme, request: Request) -> str | None:
    """Return the credentials of any other scheme in the header Authorization."""
    name, _, found = request.headers.get("authorization", "").partition(" ")
    return found.strip() or None if name.lower() == scheme.kind.lower() else None


# Kind of a scheme → the token, password or key in a request; None if it has none
READERS: dict[str, Callable[[SecurityScheme, Request], str | None]] = {
    "bearer": _bearer,
    "basic": _basic,
    "apiKey": _api_key,
    # what a request cannot show, such as the certificate of a connection
    "mutualTLS": _unchecked,
    "": _unchecked,
}
