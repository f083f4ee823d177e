"""Values as the fields of a form: URL-encoded, or as parts of a multipart body."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode
from zlib import crc32


def urlencoded(value: Any) -> str:
    """Return the properties of an object as fields. A list has a field for each item."""
    return urlencode(list(_fields(value))) if isinstance(value, dict) else _field(value)


def multipart(value: Any, media_type: str) -> tuple[bytes, str]:
    """Return the body and its content type, with a part for each property of an object."""
    fields = list(_fields(value)) if isinstance(value, dict) else [("value", _field(value))]
    content = "".join(f"{name}{text}" for name, text in fields)
    boundary = f"part-{crc32(content.encode('utf-8', 'replace')):08x}"
    while boundary in content:
        boundary += "-"
    lines = []
    for name, text in fields:
        quoted = name.replace("\\", "\\\\").replace('"', "%22")
        quoted = quoted.replace("\r", "%0D").replace("\n", "%0A")
        lines += [f"--{boundary}", f'Content-Disposition: form-data; name="{quoted}"']
        lines += ["Content-Type: application/json"] if text[:1] in "{[" and text else []
        lines += ["", text]
    lines += [f"--{boundary}--", ""]
    body = "\r\n".join(lines).encode("utf-8", "backslashreplace")
    return body, f"{media_type.partition(';')[0]}; boundary={boundary}"


def _fields(value: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for name, member in value.items():
        for item in member if isinstance(member, list) else [member]:
            if item is not None:
                yield name, _field(item)


def _field(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
