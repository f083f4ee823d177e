"""A request as a ``curl`` command that a reader can copy into a shell."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from .sample_request import SampleRequest

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
JSON = "application/json"


def curl_command(
    base: str,
    request: SampleRequest,
    headers: Mapping[str, str] | None = None,
    separator: str = " ",
) -> str:
    """Return the command for a request. base: the address with the path of the server.

    headers: more headers, such as ``Prefer``. separator: before each option after the URL.
    """
    start = " ".join(["curl", *_method(request), quoted(base + request.target)])
    named = {**request.headers, **(headers or {})}.items()
    options = [f"-H {quoted(f'{name}: {text}')}" for name, text in named]
    return separator.join([start, *options, *_body(request)])


def quoted(text: str) -> str:
    """Return a text as one word of a shell command."""
    return shlex.quote(text)


def _method(request: SampleRequest) -> list[str]:
    implied = "POST" if request.body else "GET"
    if request.method == implied:
        return []
    return ["-I"] if request.method == "HEAD" else ["-X", request.method]


def _body(request: SampleRequest) -> Iterator[str]:
    """Yield the options for the body."""
    media_type = request.content_type.partition(";")[0]
    if not request.content_type:
        return
    if media_type == MULTIPART and isinstance(request.value, dict):
        for name, member in request.value.items():
            for item in member if isinstance(member, list) else [member]:
                yield f"-F {quoted(f'{name}={_text(item)}')}"
        return
    if media_type != FORM:
        yield f"-H {quoted(f'content-type: {request.content_type}')}"
    try:
        text = request.body.decode()
    except UnicodeDecodeError:
        yield "--data-binary @FILE"
        return
    if media_type.endswith("json"):
        text = json.dumps(request.value, ensure_ascii=False)
    yield f"-d {quoted(text)}"


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
