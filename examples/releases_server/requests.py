"""Read requests strictly: a request that does not match the documentation is an error."""

import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from email.message import Message
from itertools import islice
from typing import Any, NoReturn
from urllib.parse import unquote_to_bytes

from .responses import ApiError, InvalidRequestError, Issue

MAX_BODY_BYTES = 1024 * 1024
MAX_ISSUES = 20
SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class Request:
    """A request as the client sent it.

    path, query: still percent-encoded, one character per byte.
    body: None if it is larger than `MAX_BODY_BYTES`.
    """

    method: str
    path: str
    query: str
    headers: Message
    body: bytes | None


class Members(list[tuple[str, Any]]):
    """The members of a JSON object in order, including repeated names."""


def read_body(request: Request, keys: Mapping[str, type]) -> dict[str, Any]:
    """Return the documented keys of a JSON body and ignore all others.

    keys: each key with its type: `str`, which must not be empty, or `bool`.
    Raise ApiError (415 or 413) or InvalidRequestError (400).
    """
    content_type = request.headers.get("Content-Type")
    if content_type is not None and not is_json(content_type):
        raise ApiError("unsupported_media_type")
    if content_type is None and request.body != b"":
        raise ApiError("unsupported_media_type")
    if request.body is None:
        raise ApiError("content_too_large")
    body = read_object(request.body)
    documented = {name: value for name, value in body.items() if name in keys}
    checked = [(name, check_value(value, keys[name])) for name, value in documented.items()]
    issues = [Issue(f"/{name}", message) for name, message in checked if message is not None]
    if issues:
        raise InvalidRequestError(issues)
    return documented


def read_query(request: Request, names: Collection[str]) -> dict[str, str]:
    """Return the documented query parameters and ignore all others.

    Raise InvalidRequestError if one of them is empty, repeated or not UTF-8.
    """
    parameters: dict[str, str] = {}
    issues = []
    for pair in request.query.split("&"):
        left, _, right = pair.partition("=")
        name, value = percent_decode(left), percent_decode(right)
        if name is None or name not in names:
            continue
        if name in parameters:
            issues.append(Issue(name, "must appear only once"))
        elif value is None:
            issues.append(Issue(name, "must be UTF-8"))
        elif value == "":
            issues.append(Issue(name, "must not be empty"))
        else:
            parameters[name] = value
    if issues:
        raise InvalidRequestError(issues)
    return parameters


def read_flag(request: Request, name: str, default: bool) -> bool:
    """Return a query parameter that is `true` or `false`. Raise InvalidRequestError."""
    text = read_query(request, [name]).get(name)
    if text is None:
        return default
    if text not in ("true", "false"):
        raise InvalidRequestError([Issue(name, "must be true or false")])
    return text == "true"


def missing_criteria(*names: str) -> InvalidRequestError:
    """Return the error for a request that does not say what to look up."""
    return InvalidRequestError([Issue("", f"must have {', or '.join(names)}")])


def is_json(content_type: str) -> bool:
    """Return whether a media type is application/json, with or without parameters."""
    return content_type.partition(";")[0].strip().lower() == "application/json"


def read_object(raw: bytes) -> dict[str, Any]:
    """Parse a body as one JSON object. Raise InvalidRequestError."""
    if raw == b"":
        raise InvalidRequestError([Issue("", "must be a JSON object; found no body")])
    try:
        # parse_int: Python refuses integers of many digits, and no documented key is a number.
        value = json.loads(
            raw.decode("utf-8"),
            object_pairs_hook=Members,
            parse_constant=reject_constant,
            parse_int=float,
        )
        issues = list(islice(find_issues(value, ""), MAX_ISSUES))
    except RecursionError:
        raise InvalidRequestError([Issue("", "must have fewer levels of nesting")]) from None
    except ValueError as error:
        raise InvalidRequestError([Issue("", f"must be JSON in UTF-8: {error}")]) from None
    if issues:
        raise InvalidRequestError(issues)
    if not isinstance(value, Members):
        raise InvalidRequestError([Issue("", "must be an object")])
    return dict(value)


def reject_constant(name: str) -> NoReturn:
    """Raise ValueError: Python's json accepts NaN and Infinity, which JSON does not have."""
    raise ValueError(f"{name} is not a JSON number")


def find_issues(value: Any, pointer: str) -> Iterator[Issue]:
    """Yield an issue for each repeated key and each text that is not Unicode, at any depth."""
    if isinstance(value, str) and SURROGATE.search(value):
        yield Issue(pointer, "must not contain a lone surrogate")
    if isinstance(value, Members):
        names = set()
        for name, member in value:
            if SURROGATE.search(name):
                yield Issue(pointer, "must not have a key with a lone surrogate")
                continue
            member_pointer = f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}"
            if name in names:
                yield Issue(member_pointer, "must appear only once")
            names.add(name)
            yield from find_issues(member, member_pointer)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from find_issues(item, f"{pointer}/{index}")


def check_value(value: Any, kind: type) -> str | None:
    """Return the rule that a value breaks, or None."""
    if kind is bool:
        return None if isinstance(value, bool) else "must be true or false"
    if not isinstance(value, str):
        return "must be a string"
    return "must not be empty" if value == "" else None


def percent_decode(text: str) -> str | None:
    """Decode a name or a value of a query; None if it is not UTF-8."""
    try:
        return unquote_to_bytes(text.replace("+", " ").encode("latin-1")).decode("utf-8")
    except UnicodeDecodeError:
        return None
