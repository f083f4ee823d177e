"""Read and check requests."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,51}")
COMMIT = re.compile(r"[0-9a-f]{40}")
FRAMEWORKS = ("nextjs", "astro", "sveltekit", None)
TARGETS = ("production", "preview")
MAX_BRANCH = 250  # characters
DEFAULT_LIMIT, MAX_LIMIT = 20, 100


@dataclass(frozen=True)
class ApiError(Exception):
    """An error that the API documents."""

    status: int
    code: str
    message: str


def bad_request(message: str) -> ApiError:
    return ApiError(400, "bad_request", message)


@dataclass(frozen=True)
class Window:
    """A page: at most ``limit`` items, after the one with a key; None for the first page."""

    limit: int
    after: Any = None


def cursor_of(key: int | str) -> str:
    """Return the cursor of the page after the item with a key."""
    return base64.urlsafe_b64encode(str(key).encode()).decode()


@dataclass(frozen=True)
class Request:
    """A request. path: the parameters of its path, decoded. headers: by name in lower case."""

    path: Mapping[str, str]
    query: str
    headers: Mapping[str, str]
    body: bytes

    def parameter(self, name: str) -> str | None:
        """Return a query parameter. Raise ApiError (400) if it occurs more than once."""
        pairs = parse_qsl(self.query, keep_blank_values=True)
        texts = [text for key, text in pairs if key == name]
        if len(texts) > 1:
            raise bad_request(f"{name} must occur once")
        return texts[0] if texts else None

    def choice(self, name: str, allowed: tuple[str, ...]) -> str | None:
        """Return a query parameter that must be one of some words."""
        text = self.parameter(name)
        if text is not None and text not in allowed:
            raise bad_request(f"{name} must be one of {', '.join(allowed)}")
        return text

    def window(self, kind: type[int | str]) -> Window:
        """Return the page that is requested, of items whose keys are of a type."""
        limit, cursor = self.parameter("limit"), self.parameter("cursor")
        if limit is None:
            limit = str(DEFAULT_LIMIT)
        if not re.fullmatch(r"[0-9]{1,9}", limit) or not 1 <= int(limit) <= MAX_LIMIT:
            raise bad_request(f"limit must be a number from 1 to {MAX_LIMIT}")
        if cursor is None:
            return Window(int(limit))
        try:
            if not cursor:
                raise ValueError("an empty cursor")
            return Window(int(limit), kind(base64.b64decode(cursor, b"-_", validate=True).decode()))
        except ValueError:
            raise bad_request("cursor must be the next of a page") from None

    def json(self) -> dict[str, Any]:
        """Return the body, which must be a JSON object."""
        try:
            body = json.loads(self.body.decode(), parse_constant=_refused)
        except (ValueError, RecursionError):
            raise bad_request("the body must be JSON") from None
        if not isinstance(body, dict):
            raise bad_request("the body must be an object")
        return body


def _refused(text: str) -> None:
    raise ValueError(f"{text} is not JSON")


def project_fields(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the properties of a project in a body. Raise ApiError (400) if one is not valid."""
    fields = {name: body[name] for name in ("name", "framework") if name in body}
    name = fields.get("name", "valid")
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise bad_request("name must consist of a-z, 0-9 and -")
    framework = fields.get("framework")
    if not isinstance(framework, str | None) or framework not in FRAMEWORKS:
        raise bad_request("framework must be nextjs, astro, sveltekit or null")
    return fields


def deployment_fields(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the properties of a new deployment. Raise ApiError (400) if one is not valid."""
    fields = {name: body[name] for name in ("branch", "target", "commit") if name in body}
    if not all(isinstance(value, str) for value in fields.values()):
        raise bad_request("branch, target and commit must be texts")
    if not 1 <= len(fields.get("branch", "")) <= MAX_BRANCH:
        raise bad_request(f"branch must have 1 to {MAX_BRANCH} characters")
    if fields.get("target", TARGETS[0]) not in TARGETS:
        raise bad_request(f"target must be one of {', '.join(TARGETS)}")
    if "commit" in fields and not COMMIT.fullmatch(fields["commit"]):
        raise bad_request("commit must be a hash of 40 digits")
    return fields
