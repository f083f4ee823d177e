"""The format of finding files, as a JSON Schema: a file that somebody sent may contain anything."""

from __future__ import annotations

from typing import Any

from mock_server.contract.document.schemas import Schemas

FORMAT_VERSION = 1
TOKEN = "^[!#$%&'*+.^_`|~0-9A-Za-z-]+$"  # of HTTP (RFC 9110, section 5.6.2)
LATIN_1_LINE = "^[\\x01-\\x09\\x0b\\x0c\\x0e-\\xff]*$"

TEXT = {"type": "string"}
TEXTS = {"type": "array", "items": TEXT}
COUNT = {"type": "integer", "minimum": 0}
SECONDS = {"type": "number", "minimum": 0, "maximum": 3600}
REQUEST = {
    "type": "object",
    "required": ["wait_seconds", "method", "url", "headers", "response"],
    "properties": {
        "wait_seconds": SECONDS,
        "method": {"type": "string", "pattern": TOKEN},
        "url": {"type": "string", "pattern": "^[^\\x00-\\x20\\x7f]*$"},
        "headers": {
            "type": "object",
            "propertyNames": {"pattern": TOKEN},
            "additionalProperties": {
                "type": "string",
                "pattern": LATIN_1_LINE,
            },
        },
        "body": TEXT,
        "body_base64": {"type": "string", "pattern": "^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/=]{4})?$"},
        "response": {
            "type": "object",
            "required": ["status"],
            "properties": {"status": {"type": "integer", "minimum": 0, "maximum": 999}},
        },
    },
}
FINDING_FILE = {
    "type": "object",
    "required": ["id", "rule", "about", "check", "settings", "header_names", "requests"],
    "properties": {
        **dict.fromkeys(("id", "rule", "about"), TEXT),
        # The name of a check is a path for pytest: only the checks of this package.
        "check": {
            "type": "string",
            "pattern": "^(test_\\w+\\.py::test_\\w+(\\[[^\\x00-\\x1f]{1,500}\\])?)?$",
        },
        "settings": {
            "type": "object",
            "properties": {
                **dict.fromkeys(("package", "release_id", "known", "overlay"), TEXTS),
                **dict.fromkeys(("seed", "max_examples"), COUNT),
                **dict.fromkeys(("max_response_time", "build_timeout"), SECONDS),
                "spec": TEXT,
                "target": TEXT,
                "shard": {"type": "string", "pattern": "^[1-9]\\d{0,5}/[1-9]\\d{0,5}$"},
            },
        },
        "header_names": TEXTS,
        "requests": {"type": "array", "minItems": 1, "items": REQUEST},
    },
}
SETTINGS = frozenset(FINDING_FILE["properties"]["settings"]["properties"])  # type: ignore[index]


def problem(data: Any) -> str:
    """Return why data is not a finding of this version, in one line; "" if it is one."""
    if not isinstance(data, dict) or "format_version" not in data:
        return "found no member format_version"
    if data["format_version"] != FORMAT_VERSION:
        return f"format_version must be {FORMAT_VERSION}; found {data['format_version']}"
    violations = Schemas({"finding": FINDING_FILE}).violations("/finding", data)
    return str(violations[0]) if violations else ""
