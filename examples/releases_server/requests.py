"""Strict reading of requests: what is not of the documented form is refused, and said where."""

import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from email.message import Message
from itertools import islice
from typing import Any, NoReturn
from urllib.parse import unquote_to_bytes

from .answers import ApiError, InvalidRequestError, Issue

LARGEST_BODY = 1024 * 1024
MOST_ISSUES = 20
SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class Request:
    """A request as it was sent: `path` and `query` still percent-encoded, each byte a character.

    `body` is None when it is larger than `LARGEST_BODY`.
    """

    method: str
    path: str
    query: str
    headers: Message
    body: bytes | None


class Members(list[tuple[str, Any]]):
    """The members of a JSON object as they were sent, a name perhaps more than once."""


def read_body(request: Request, keys: Mapping[str, type]) -> dict[str, Any]:
    """The documented keys of a body, each of its type (`str`, never empty, or `bool`).

    Raises ApiError (415, 413) and InvalidRequestError.
    """
    content_type = request.headers.get("Content-Type")
    if content_type is not None and not is_json(content_type):
        raise ApiError("unsupported_media_type")
    if content_type is None and request.body != b"":
        raise ApiError("unsupported_media_type")
    if request.body is None:
        raise ApiError("content_too_large")
    body = read_object(request.body)
    known = {name: value for name, value in body.items() if name in keys}
    checked = [(name, fault_of(value, keys[name])) for name, value in known.items()]
    issues = [Issue(f"/{name}", fault) for name, fault in checked if fault is not None]
    if issues:
        raise InvalidRequestError(issues)
    return known


def read_query(request: Request, names: Collection[str]) -> dict[str, str]:
    """The documented parameters of a query, none of them empty. Raises InvalidRequestError."""
    found: dict[str, str] = {}
    issues = []
    for pair in request.query.split("&"):
        left, _, right = pair.partition("=")
        name, value = decoded(left), decoded(right)
        if name is None or name not in names:
            continue
        if name in found:
            issues.append(Issue(name, "is given more than once"))
        elif value is None:
            issues.append(Issue(name, "is not UTF-8"))
        elif value == "":
            issues.append(Issue(name, "is empty"))
        else:
            found[name] = value
    if issues:
        raise InvalidRequestError(issues)
    return found


def read_flag(request: Request, name: str, default: bool) -> bool:
    """A query parameter that is `true` or `false`. Raises InvalidRequestError."""
    text = read_query(request, [name]).get(name)
    if text is None:
        return default
    if text not in ("true", "false"):
        raise InvalidRequestError([Issue(name, "is neither true nor false")])
    return text == "true"


def needs(*names: str) -> InvalidRequestError:
    """The refusal of a request that lacks what it asks by."""
    return InvalidRequestError([Issue("", f"lacks {', or '.join(names)}")])


def is_json(content_type: str) -> bool:
    return content_type.partition(";")[0].strip().lower() == "application/json"


def read_object(raw: bytes) -> dict[str, Any]:
    """The members of the one JSON object that `raw` is. Raises InvalidRequestError."""
    if raw == b"":
        raise InvalidRequestError([Issue("", "there is no body")])
    try:
        # No documented key is a number, and a float is read from any number of digits.
        value = json.loads(
            raw.decode("utf-8"),
            object_pairs_hook=Members,
            parse_constant=refuse_constant,
            parse_int=float,
        )
        issues = list(islice(issues_of(value, ""), MOST_ISSUES))
    except RecursionError:
        raise InvalidRequestError([Issue("", "is nested too deeply")]) from None
    except ValueError as error:
        raise InvalidRequestError([Issue("", f"is not JSON in UTF-8: {error}")]) from None
    if issues:
        raise InvalidRequestError(issues)
    if not isinstance(value, Members):
        raise InvalidRequestError([Issue("", "is not an object")])
    return dict(value)


def refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def issues_of(value: Any, pointer: str) -> Iterator[Issue]:
    """Names that an object holds twice, and text that is not Unicode, at any depth."""
    if isinstance(value, str) and SURROGATE.search(value):
        yield Issue(pointer, "holds a lone surrogate")
    if isinstance(value, Members):
        names = set()
        for name, member in value:
            if SURROGATE.search(name):
                yield Issue(pointer, "has a key that holds a lone surrogate")
                continue
            below = f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}"
            if name in names:
                yield Issue(below, "is given more than once")
            names.add(name)
            yield from issues_of(member, below)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from issues_of(item, f"{pointer}/{index}")


def fault_of(value: Any, kind: type) -> str | None:
    if kind is bool:
        return None if isinstance(value, bool) else "is neither true nor false"
    if not isinstance(value, str):
        return "is not a string"
    return "is empty" if value == "" else None


def decoded(side: str) -> str | None:
    """One side of a pair of the query; None when it is not UTF-8."""
    try:
        return unquote_to_bytes(side.replace("+", " ").encode("latin-1")).decode("utf-8")
    except UnicodeDecodeError:
        return None
