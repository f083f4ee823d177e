"""Converts the responses of Swagger 2.0."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .parameters import JSON, replace_file_schema, schema_of


def response_of(response: Mapping[str, Any], produces: list[str]) -> dict[str, Any]:
    """Return the response of OpenAPI 3, with a body for each media type of the operation."""
    converted = {
        key: value
        for key, value in response.items()
        if key == "description" or key.startswith("x-")
    }
    headers = response.get("headers")
    if isinstance(headers, dict):
        converted["headers"] = {
            name: _header(header) for name, header in headers.items() if isinstance(header, dict)
        }
    content = _content(response, produces)
    if content:
        converted["content"] = content
    return converted


def _content(response: Mapping[str, Any], produces: list[str]) -> dict[str, Any]:
    content: dict[str, Any] = {}
    media: dict[str, Any] = {}
    if "schema" in response:
        media = {"schema": response["schema"]}
        default = "application/octet-stream" if replace_file_schema(media) else JSON
        content = {name: dict(media) for name in produces or [default]}
    examples = response.get("examples")
    for name, example in examples.items() if isinstance(examples, dict) else ():
        if "/" in name:
            content.setdefault(name, dict(media))["example"] = example
        elif JSON in content:  # examples by name, as OpenAPI 3 has them
            content[JSON].setdefault("examples", {})[name] = {"value": example}
    return content


def _header(header: Mapping[str, Any]) -> dict[str, Any]:
    converted: dict[str, Any] = {"schema": schema_of(header)}
    if "description" in header:
        converted["description"] = header["description"]
    return converted
