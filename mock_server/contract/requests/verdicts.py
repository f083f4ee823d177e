"""The verdict on a request: accepted, with its typed values, or rejected, with its violations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..violations import Violation

LARGEST_BODY = 1024 * 1024  # bytes


@dataclass(frozen=True)
class Accepted:
    """A valid request. Its parameters have the types that the document declares.

    query, path, headers, cookies: the parameters by their documented names, with the defaults of
    those that are absent.
    body: the parsed body of JSON and forms, the text of a text; None for XML and binary data.
    ignored_keys: the keys of the body that the contract does not declare.
    """

    query: Mapping[str, Any]
    body: Any
    ignored_keys: tuple[str, ...] = ()
    path: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, Any] = field(default_factory=dict)
    cookies: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Rejected:
    """An invalid request: the status of the error response, and the violations."""

    status: int
    violations: tuple[Violation, ...]
