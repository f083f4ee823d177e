"""The credentials of requests, by the security schemes of the document.

``--token`` is the credential of every scheme: the token of bearer, OAuth and OpenID Connect, the
value of an API key, and ``user:password`` of basic authentication. ``--header`` can send an API key
too.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from mock_server.contract.document.operation import Operation, SecurityScheme
from mock_server.contract.document.spec import Api
from mock_server.contract.exchange import Request
from mock_server.contract.requests.credentials import API_KEY, BASIC, BEARER, keys_in

from .target import Target


def _option(scheme: SecurityScheme) -> str:
    """Return what the user passes to send the credentials of a scheme."""
    if scheme.kind == API_KEY and scheme.location == "header":
        return f"--header '{scheme.parameter}: KEY'"
    if scheme.kind in (BEARER, API_KEY):
        return "--token"
    return "--token USER:PASSWORD" if scheme.kind == BASIC else f"no option for {scheme.kind}"


def has_valid(operation: Operation, request: Request, target: Target) -> bool:
    """Return whether a request has credentials of the run that the operation accepts.

    The further headers of the target belong to every request.
    """
    headers = {**{name.lower(): text for name, text in target.headers.items()}, **request.headers}
    sent = replace(request, headers=headers)
    return any(all(_is_sent(each, sent, target) for each in one) for one in operation.security)


def _is_sent(scheme: SecurityScheme, request: Request, target: Target) -> bool:
    tokens = [token for token in (target.token, target.other_token) if token]
    if scheme.kind == API_KEY:
        valid = {*tokens, *_further_keys(scheme, target)}
        return any(value in valid for value in keys_in(scheme, request))
    name, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.kind == BASIC:
        return name.lower() == BASIC and value in map(_basic, tokens)
    return scheme.kind == BEARER and name.lower() == BEARER and value in tokens


def _further_keys(scheme: SecurityScheme, target: Target) -> Iterator[str]:
    """Yield the value of an API key in the further headers of a target."""
    headers = {name.lower(): text for name, text in target.headers.items()}
    yield from keys_in(scheme, Request("GET", "", (), headers))


def _basic(token: str) -> str:
    """Return ``user:password`` as the credentials of basic authentication (RFC 7617)."""
    return base64.b64encode(token.encode()).decode()


def missing_option(operation: Operation, target: Target) -> str:
    """Return what the user must pass so that an operation accepts requests; "" if nothing."""
    if not operation.needs_token:
        return ""
    fewest = min((_missing(one, target) for one in operation.security), key=len)
    return " and ".join(fewest)


def _missing(schemes: tuple[SecurityScheme, ...], target: Target) -> list[str]:
    return [_option(each) for each in schemes if not _is_available(each, target)]


def _is_available(scheme: SecurityScheme, target: Target) -> bool:
    if scheme.kind == API_KEY and any(_further_keys(scheme, target)):
        return True
    if scheme.kind == BASIC:
        return ":" in (target.token or "")
    return scheme.kind in (BEARER, API_KEY) and target.token is not None


def without_credentials(target: Target, operation: Operation) -> Target:
    """Return a target whose further headers contain no credentials of an operation."""
    schemes = [scheme for one in operation.security for scheme in one]
    names = {
        "cookie" if scheme.location == "cookie" else scheme.parameter.lower() for scheme in schemes
    }
    headers = {name: text for name, text in target.headers.items() if name.lower() not in names}
    return replace(target, headers=headers)


def sent_for(operation: Operation, target: Target) -> Iterator[tuple[SecurityScheme, str]]:
    """Yield the schemes of the first alternative that the run can satisfy, with what to send."""
    for one in operation.security:
        if all(_is_available(scheme, target) for scheme in one):
            for scheme in one:
                yield scheme, _credential(scheme, target)
            return


@dataclass(frozen=True)
class Credentials:
    """The credentials of one request. headers: with names in lower case."""

    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)


def credentials_of(operation: Operation, target: Target, other: bool = False) -> Credentials:
    """Return the credentials that a caller sends to an operation.

    other: the caller with `--other-token`, instead of the one with `--token` or an API key.
    """
    if other:
        target = without_credentials(target, operation)
        target = replace(target, token=target.other_token, other_token=None)
    headers: dict[str, str] = {}
    query: dict[str, str] = {}
    for scheme, text in sent_for(operation, target):
        if scheme.location == "query":
            query[scheme.parameter] = text
        elif scheme.location == "cookie":
            earlier = f"{headers['cookie']}; " if "cookie" in headers else ""
            headers["cookie"] = f"{earlier}{scheme.parameter}={text}"
        else:
            headers[scheme.parameter.lower()] = text
    return Credentials(headers, query)


def _credential(scheme: SecurityScheme, target: Target) -> str:
    token = target.token or ""
    if scheme.kind == API_KEY:
        return next(_further_keys(scheme, target), token)
    return f"Basic {_basic(token)}" if scheme.kind == BASIC else f"Bearer {token}"


def for_schemathesis(api: Api, target: Target) -> dict[str, dict[str, str]]:
    """Return the credentials of the run by scheme, as Schemathesis' setting ``auth.openapi``."""
    auth: dict[str, dict[str, str]] = {}
    schemes = {
        scheme.name: scheme
        for operation in api.operations.values()
        for one in operation.security
        for scheme in one
    }
    for name, scheme in schemes.items():
        key = target.token
        if scheme.kind == API_KEY:
            key = next(_further_keys(scheme, target), target.token)
        if key and scheme.kind == BASIC and ":" in key:
            user, _, password = key.partition(":")
            auth[name] = {"username": user, "password": password}
        elif key and scheme.kind in (API_KEY, BEARER):
            auth[name] = {{API_KEY: "api_key", BEARER: "bearer"}[scheme.kind]: key}
    return auth
