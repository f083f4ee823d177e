"""What the servers are asked: the same bytes each, and what is a correct answer."""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass, replace
from typing import Any

RELEASE = "rel_successful"
HEADERS = {"Content-Type": "application/json", "Authorization": "Bearer testuser-token"}


@dataclass(frozen=True)
class Asked:
    """A POST with HEADERS. status: of the correct answer. exact: the answer is of the release asked
    for, not of one made up. other: under load each request differs from all before it, by a header
    that numbers it."""

    name: str
    path: str
    body: str
    status: int = 200
    exact: bool = True
    other: bool = False


GET = Asked("get", "/package_releases/get", json.dumps({"package_release_id": RELEASE}))
GET_ANY = replace(GET, exact=False)
REFUSED = Asked("refused", GET.path, "{}", 400)
OTHER_GET = replace(GET, name="get, each another", other=True)
OTHER_REFUSED = replace(REFUSED, name="refused, each another", other=True)
REBUILD = Asked("rebuild", "/package_releases/rebuild", GET.body)


class WrongAnswerError(Exception):
    """An answer is not what it should be; says what it is."""


def ask(address: str, asked: Asked) -> Any:
    """Asks once; the JSON answered.

    address: ``127.0.0.1:PORT/prefix``. Raises WrongAnswerError, and OSError without an answer.
    """
    host, _, prefix = address.partition("/")
    connection = http.client.HTTPConnection(host, timeout=10)
    try:
        path = f"/{prefix}{asked.path}" if prefix else asked.path
        connection.request("POST", path, asked.body.encode(), HEADERS)
        answer = connection.getresponse()
        return _judged(asked, answer.status, answer.read())
    except http.client.HTTPException as error:
        raise WrongAnswerError(f"{asked.name}: {error!r}") from None
    finally:
        connection.close()


def _judged(asked: Asked, status: int, body: bytes) -> Any:
    told = f"{asked.name}: {status} {body[:200]!r}"
    try:
        answered = json.loads(body)
    except ValueError:
        raise WrongAnswerError(told) from None
    if asked.status == 200:
        wanted = json.loads(asked.body)
        found = answered.get("package_release", {})
        correct = wanted.items() <= found.items() if asked.exact else wanted.keys() <= found.keys()
    else:
        correct = "error" in answered
    if status != asked.status or not correct:
        raise WrongAnswerError(told)
    return answered
