"""Write parameters and bodies in the form that OpenAPI describes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from .operations import Content, Parameter

FORM, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"
BOUNDARY = "benchmark-boundary"
QUERY_DELIMITERS = {"spaceDelimited": "%20", "pipeDelimited": "%7C", "form": ","}
CONCRETE = {"*/*": "application/json", "application/*": "application/json", "text/*": "text/plain"}


def is_json(media_type: str) -> bool:
    """Return whether a media type is JSON (RFC 6839)."""
    essence = media_type.partition(";")[0].strip().lower()
    return essence.endswith("+json") or essence in ("application/json", "text/json")


def concrete(media_type: str) -> str:
    """Return a media type for a range such as ``image/*``."""
    if media_type in CONCRETE:
        return CONCRETE[media_type]
    return media_type.replace("/*", "/octet-stream")


def text_of(value: Any) -> str:
    """Return a primitive value as text; anything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value)


def path_text(parameter: Parameter, value: Any) -> str:
    """Return the text of a path parameter: style simple, label or matrix."""
    name, separator = parameter.name, ","
    start = {"label": ".", "matrix": ";"}.get(parameter.style, "")
    if start and parameter.explode:
        separator = start
    words = _words(parameter, value)
    if parameter.style == "matrix":
        if isinstance(value, dict) and parameter.explode:
            return start + separator.join(words)
        if parameter.explode:
            return start + separator.join(f"{quote(name)}={word}" for word in words)
        return f"{start}{quote(name)}={separator.join(words)}"
    return start + separator.join(words)


def header_text(parameter: Parameter, value: Any) -> str:
    """Return the text of a header parameter: style simple."""
    if parameter.media_type:
        return json.dumps(value)
    if isinstance(value, list):
        return ",".join(map(text_of, value))
    if isinstance(value, dict):
        join = "=" if parameter.explode else ","
        return ",".join(f"{key}{join}{text_of(below)}" for key, below in value.items())
    return text_of(value)


def query_pairs(parameter: Parameter, value: Any) -> Iterator[str]:
    """Yield the pairs ``name=value`` of a query or cookie parameter."""
    name = quote(parameter.name, safe="[]")
    if parameter.media_type:
        yield f"{name}={quote(json.dumps(value), safe='')}"
    elif isinstance(value, dict) and parameter.style == "deepObject":
        for key, below in value.items():
            for element in below if isinstance(below, list) else [below]:
                yield f"{name}[{quote(key)}]={quote(text_of(element), safe='')}"
    elif isinstance(value, dict) and parameter.explode:
        yield from _words(parameter, value)
    elif isinstance(value, list) and parameter.explode:
        yield from (f"{name}={word}" for word in _words(parameter, value))
    else:
        delimiter = QUERY_DELIMITERS.get(parameter.style, ",")
        yield f"{name}={delimiter.join(_words(parameter, value))}"


def _words(parameter: Parameter, value: Any) -> list[str]:
    """Return the encoded words of a value: the elements, or the keys and values."""
    if isinstance(value, list):
        return [quote(text_of(element), safe="") for element in value]
    if isinstance(value, dict):
        pairs = [(quote(key), quote(text_of(below), safe="")) for key, below in value.items()]
        if parameter.explode:
            return [f"{key}={below}" for key, below in pairs]
        return [word for pair in pairs for word in pair]
    return [quote(text_of(value), safe="")]


def encode_body(media_type: str, content: Content, value: Any) -> tuple[bytes, str] | None:
    """Return a body and its Content-Type, or None for a media type that is not supported."""
    essence = media_type.partition(";")[0].strip().lower()
    if is_json(media_type):
        return json.dumps(value).encode(), media_type
    if essence == FORM and isinstance(value, dict):
        return "&".join(_form_pairs(value)).encode(), media_type
    if essence == MULTIPART and isinstance(value, dict):
        return b"".join(_parts(content, value)), f"{MULTIPART}; boundary={BOUNDARY}"
    if "xml" in essence or essence in (FORM, MULTIPART):
        return None
    return text_of(value).encode(), media_type


def _form_pairs(value: Mapping[str, Any]) -> Iterator[str]:
    for key, below in value.items():
        for element in below if isinstance(below, list) else [below]:
            yield f"{quote(key, safe='')}={quote(text_of(element), safe='')}"


def _parts(content: Content, value: Mapping[str, Any]) -> Iterator[bytes]:
    """Yield the parts of a multipart body (RFC 7578)."""
    for key, below in value.items():
        for element in below if isinstance(below, list) else [below]:
            disposition = f'Content-Disposition: form-data; name="{key}"'
            kind = ""
            if content.schema and _is_file(content.schema.get("properties", key).mapping()):
                disposition += f'; filename="{key}.bin"'
                kind = "Content-Type: application/octet-stream\r\n"
            elif isinstance(element, dict):
                kind = "Content-Type: application/json\r\n"
            yield f"--{BOUNDARY}\r\n{disposition}\r\n{kind}\r\n{text_of(element)}\r\n".encode()
    yield f"--{BOUNDARY}--\r\n".encode()


def _is_file(schema: Mapping[str, Any]) -> bool:
    items = schema.get("items")
    schema = items if isinstance(items, dict) else schema
    return schema.get("format") == "binary" or "contentMediaType" in schema
