"""A value as the bytes of a body: the media type decides how.

An example that is text is not changed for XML, CSV, HTML and other text: it is already a body.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ...contract.exchange import media_type as without_parameters
from .forms import multipart, urlencoded
from .sample_files import SAMPLE_FILES
from .xml_text import xml_text

JSON = "application/json"
TEXT = "text/plain"
EVENT_FIELDS = ("event", "id", "retry", "data")
RECORD_SEPARATOR = "\x1e"  # starts each text of a sequence (RFC 7464)


@dataclass(frozen=True)
class Body:
    """The bytes of a body, and the value of its ``Content-Type`` header."""

    content: bytes
    content_type: str


def encoded(value: Any, media_type: str, data: Any = None, schema: Any = True) -> Body:
    """Return a value as a body.

    media_type: as the document writes it; a range, such as ``*/*``, becomes a type that fits.
    data, schema: the document and the schema of the value, which name the elements of XML.
    """
    kind = without_parameters(media_type)
    if "*" in kind:
        media_type = kind = _concrete(kind, value)
    if kind in SAMPLE_FILES and not _is_markup(value):
        return Body(SAMPLE_FILES[kind], media_type)
    if kind == "multipart/form-data" or kind.startswith("multipart/"):
        return Body(*multipart(value, media_type))
    if is_xml(kind):
        text = value if _is_markup(value) else xml_text(value, data, schema)
    else:
        text = ENCODERS.get(kind, _json if is_json(kind) else _text)(value)
    if kind.startswith("text/") and kind != "text/event-stream" and "charset" not in media_type:
        media_type += "; charset=utf-8"
    return Body(text.encode("utf-8", "backslashreplace"), media_type)


def is_json(kind: str) -> bool:
    """Return whether a body of a media type is one JSON text."""
    return kind in (JSON, "text/json", "application/x-json") or kind.endswith("+json")


def is_xml(kind: str) -> bool:
    """Return whether a body of a media type is XML."""
    return kind in ("application/xml", "text/xml") or kind.endswith("+xml")


def _is_markup(value: Any) -> bool:
    return isinstance(value, str) and value.lstrip().startswith("<")


def _concrete(kind: str, value: Any) -> str:
    """Return a media type that a range contains."""
    group = kind.partition("/")[0]
    if group == "text":
        return TEXT
    if group in ("image", "audio", "video"):
        return next((name for name in SAMPLE_FILES if name.startswith(f"{group}/")), "image/png")
    return TEXT if group == "*" and isinstance(value, str) else JSON


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else _json(value)


def _lines(value: Any) -> str:
    """Return one JSON text in each line: the items of a list, or the value alone."""
    if isinstance(value, str):
        return value
    items = value if isinstance(value, list) else [value]
    return "".join(f"{_json(item)}\n" for item in items)


def _sequence(value: Any) -> str:
    lines = _lines(value).splitlines(keepends=True)
    return "".join(RECORD_SEPARATOR + line for line in lines)


def _events(value: Any) -> str:
    """Return events of an event stream (HTML, section 9.2): one for each item of a list."""
    if isinstance(value, str) and value.startswith(tuple(f"{name}:" for name in EVENT_FIELDS)):
        return value.rstrip("\n") + "\n\n"
    items = value if isinstance(value, list) else [value]
    return "".join(f"{_event(item)}\n\n" for item in items)


def _event(item: Any) -> str:
    fields = item if isinstance(item, Mapping) and "data" in item else {"data": item}
    lines = [
        f"{name}: {line}"
        for name in EVENT_FIELDS
        if fields.get(name) is not None
        for line in _text(fields[name]).splitlines() or [""]
    ]
    return "\n".join(lines)


def _csv(value: Any) -> str:
    """Return CSV (RFC 4180): a header, and a row for each object."""
    if isinstance(value, str):
        return value
    rows = value if isinstance(value, list) else [value]
    output = io.StringIO()
    writer = csv.writer(output)
    columns = list(dict.fromkeys(name for row in rows if isinstance(row, dict) for name in row))
    if columns:
        writer.writerow(columns)
    for row in rows:
        cells = [row.get(name) for name in columns] if isinstance(row, dict) else row
        cells = cells if isinstance(cells, list) else [cells]
        writer.writerow("" if cell is None else _text(cell) for cell in cells)
    return output.getvalue()


# Media type → how a value becomes text. Any other JSON type is one JSON text, the rest is text.
ENCODERS: dict[str, Callable[[Any], str]] = {
    "application/x-www-form-urlencoded": urlencoded,
    "application/x-ndjson": _lines,
    "application/ndjson": _lines,
    "application/jsonl": _lines,
    "application/x-jsonl": _lines,
    "application/json-lines": _lines,
    "application/json-seq": _sequence,
    "application/geo+json-seq": _sequence,
    "text/event-stream": _events,
    "text/csv": _csv,
    "application/csv": _csv,
}
