"""The errors of a mock that the document does not describe: problem details (RFC 9457)."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

PROBLEM_DETAILS = "x-problem-details"  # where a loaded document holds these responses
MEDIA_TYPE = "application/problem+json"
STATUSES = (400, 401, 403, 404, 405, 406, 413, 415, 500, 503)
SCHEMA = {
    "type": "object",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "x-issues": {"location": "pointer", "message": "detail"},
            "items": {
                "type": "object",
                "required": ["pointer", "detail"],
                "properties": {"pointer": {"type": "string"}, "detail": {"type": "string"}},
            },
        },
    },
}
HEADERS = {
    401: {"WWW-Authenticate": {"required": True, "schema": {"type": "string"}}},
    405: {"Allow": {"required": True, "schema": {"type": "string"}}},
    503: {"Retry-After": {"required": True, "schema": {"type": "string"}}},
}


def problem_responses() -> dict[str, Mapping[str, Any]]:
    """Return a response object of OpenAPI for each status that a mock needs."""
    return {str(status): _response(HTTPStatus(status)) for status in STATUSES}


def _response(status: HTTPStatus) -> Mapping[str, Any]:
    value = {"type": "about:blank", "title": status.phrase, "status": status.value}
    return {
        "description": status.description or status.phrase,
        "headers": HEADERS.get(status, {}),
        "content": {MEDIA_TYPE: {"schema": SCHEMA, "examples": {"problem": {"value": value}}}},
    }
