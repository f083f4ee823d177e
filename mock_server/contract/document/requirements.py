"""The requirements of ``x-requirements``: what the contract requires beside its schemas.

A contract run knows how to check each id below. It demands only those that the document lists, and
the document sets the level of each.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..violations import pointer

ERROR, STRICT = "error", "strict"
LEVELS = (ERROR, STRICT)
EXTENSION = "x-requirements"

# Id → the request to which it applies, or the part of a response
KNOWN = {
    "credentials": "a secured operation without valid credentials",
    "credentials-first": "a secured operation without valid credentials, and another error",
    "scheme-case": "valid credentials whose scheme is in another case, such as bearer",
    "invalid-request": "a body or query that breaks its schema",
    "empty-text": "an empty text where the schema requires one character",
    "repeated-parameter": "a query parameter that occurs twice",
    "json": "a body that is not JSON",
    "json-utf-8": "a body that is not UTF-8",
    "json-unique-keys": "a JSON object with a key twice",
    "json-constants": "NaN and Infinity in JSON",
    "json-surrogates": "an escape of a lone surrogate in JSON",
    "json-depth": "JSON that is nested more than 200 levels deep",
    "json-numbers": "a JSON number that is too large for a double",
    "media-type": "a body with another Content-Type",
    "body-size": "a body that is too large",
    "unknown-path": "a path without operations",
    "trailing-slash": "a known path with a slash at its end",
    "method": "a method that the path does not have",
    "trace": "the method TRACE",
    "options": "the method OPTIONS",
    "head": "the method HEAD",
    "allow": "the header Allow",
    "outside-errors": "the body of an error that belongs to no operation",
    "issue-locations": "the locations of the issues in an error",
    "first-lookup": "the parameters of several lookups in one request",
}


@dataclass(frozen=True)
class Requirement:
    """One requirement. level: ``error`` or ``strict``; text: its sentence in the document."""

    id: str
    level: str
    text: str
    pointer: str


def requirements_of(data: Any) -> Mapping[str, Requirement]:
    """Return the requirements of a document by their ids."""
    return {
        id_: Requirement(id_, entry["level"], entry["text"], pointer((EXTENSION, id_)))
        for id_, entry in data.get(EXTENSION, {}).items()
    }
