"""The requests that all servers receive, and the check of the responses."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

RELEASE = "rel_successful"
HEADERS = {"Content-Type": "application/json", "Authorization": "Bearer testuser-token"}


@dataclass(frozen=True)
class Request:
    """A request, by default a POST with HEADERS.

    status: of the correct response.
    exact: the response must contain the requested release, not any release.
    unique: under load, a header numbers the requests, so that no two are the same.
    """

    name: str
    path: str
    body: str
    status: int = 200
    exact: bool = True
    unique: bool = False
    method: str = "POST"
    headers: Mapping[str, str] = field(default_factory=lambda: HEADERS)


GET = Request("get", "/package_releases/get", json.dumps({"package_release_id": RELEASE}))
GET_ANY = replace(GET, exact=False)
REJECTED = Request("rejected", GET.path, "{}", 400)
UNIQUE_GET = replace(GET, name="get, all different", unique=True)
UNIQUE_REJECTED = replace(REJECTED, name="rejected, all different", unique=True)
REBUILD = Request("rebuild", "/package_releases/rebuild", GET.body)


class WrongResponseError(Exception):
    """A response is not correct. The message contains the request and the response."""


def send(address: str, request: Request) -> Any:
    """Send a request once and return the JSON of the response.

    address: ``127.0.0.1:PORT/prefix``.
    Raise WrongResponseError, or OSError if there is no response within 10 seconds.
    """
    host, _, prefix = address.partition("/")
    connection = http.client.HTTPConnection(host, timeout=10)
    try:
        path = f"/{prefix}{request.path}" if prefix else request.path
        connection.request(request.method, path, request.body.encode(), dict(request.headers))
        response = connection.getresponse()
        return _checked(request, response.status, response.read())
    except http.client.HTTPException as error:
        raise WrongResponseError(f"{request.name}: {error!r}") from None
    finally:
        connection.close()


def _checked(request: Request, status: int, content: bytes) -> Any:
    message = f"{request.name}: {status} {content[:200]!r}"
    try:
        body = json.loads(content)
    except ValueError:
        raise WrongResponseError(message) from None
    if request.status == 200:
        expected = json.loads(request.body or "{}")
        release = body.get("package_release", {})
        if request.exact:
            correct = expected.items() <= release.items()
        else:
            correct = expected.keys() <= release.keys()
    else:
        correct = "error" in body
    if status != request.status or not correct:
        raise WrongResponseError(message)
    return body
