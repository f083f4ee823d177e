"""Judge the response of a mock server by the document, without the judge of the mock."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

from .operations import Content, Operation
from .schemas import READ, first_error
from .serialisation import is_json

SUCCESS, SERVER_ERROR, INVALID = "valid documented success", "5xx", "invalid body"
UNDOCUMENTED, REFUSED, LOST = "not documented", "refused", "connection error"
OUTCOMES = (SUCCESS, SERVER_ERROR, INVALID, UNDOCUMENTED, REFUSED, LOST)
NO_BODY = {HTTPStatus.NO_CONTENT, HTTPStatus.RESET_CONTENT, HTTPStatus.NOT_MODIFIED}


@dataclass(frozen=True)
class Response:
    """A response. error: why there is none."""

    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    error: str = ""


@dataclass(frozen=True)
class Outcome:
    """What a response is. reason: why it is no success."""

    kind: str
    reason: str = ""


def expected_statuses(operation: Operation) -> list[str]:
    """Return the statuses of a success: 2xx and default; without them any that is documented."""
    statuses = list(operation.responses)
    success = [status for status in statuses if status[0] == "2" or status == "default"]
    return success or [status for status in statuses if status[0] in "13"] or statuses


def judge(operation: Operation, response: Response, version: str) -> Outcome:
    """Return the outcome of a valid request. version: of the validators."""
    if response.error:
        return Outcome(LOST, response.error)
    expected = expected_statuses(operation)
    key = _documented(response.status, expected)
    if not operation.responses and response.status // 100 == 2:
        return Outcome(SUCCESS)  # the operation documents nothing that this could contradict
    if key is None:
        return _unexpected(operation, response)
    if response.status >= 500 and key == "default":
        return Outcome(SERVER_ERROR, _start(response))
    if operation.method == "HEAD" or response.status in NO_BODY:
        return Outcome(SUCCESS)
    return _judge_body(operation.responses[key], response, version)


def _documented(status: int, expected: list[str]) -> str | None:
    """Return the key of the response of a status: the exact one, a range, or the default."""
    for key in (str(status), f"{status // 100}XX", f"{status // 100}xx", "default"):
        if key in expected and not (key == "default" and 400 <= status < 500):
            return key
    return None


def _unexpected(operation: Operation, response: Response) -> Outcome:
    reason = f"{response.status} {_start(response)}"
    if response.status >= 500:
        return Outcome(SERVER_ERROR, reason)
    if response.status >= 400:
        return Outcome(REFUSED, reason)
    return Outcome(UNDOCUMENTED, f"status {response.status}; {', '.join(operation.responses)}")


def _judge_body(contents: Mapping[str, Content], response: Response, version: str) -> Outcome:
    media_type = response.headers.get("content-type", "")
    if not contents:
        if response.body:
            return Outcome(UNDOCUMENTED, f"a body of {media_type}: {_start(response)}")
        return Outcome(SUCCESS)
    content = _matching(contents, media_type)
    if content is None:
        return Outcome(UNDOCUMENTED, f"media type {media_type!r}; {', '.join(contents)}")
    if content.schema is None:
        return Outcome(SUCCESS)
    text = response.body.decode("utf-8", "replace")
    if is_json(media_type):
        try:
            value = json.loads(text)
        except ValueError as error:
            return Outcome(INVALID, f"not JSON: {error}: {text[:80]}")
    elif content.schema.resolved().mapping().get("type") == "string":
        value = text
    else:
        return Outcome(SUCCESS)  # XML and the like
    error_text = first_error(content.schema, value, READ[version])
    return Outcome(INVALID, error_text) if error_text else Outcome(SUCCESS)


def _matching(contents: Mapping[str, Content], media_type: str) -> Content | None:
    """Return the content of a media type: the exact one, or that of a range."""
    essence = _essence(media_type)
    by_essence = {_essence(name): content for name, content in contents.items()}
    for key in (essence, f"{essence.partition('/')[0]}/*", "*/*"):
        if essence and key in by_essence:
            return by_essence[key]
    return None


def _essence(media_type: str) -> str:
    return media_type.partition(";")[0].strip().lower()


def _start(response: Response) -> str:
    return " ".join(response.body[:300].decode("utf-8", "replace").split())
