"""Canaries: credentials that must not be found in anything that is written.

Each has a core of letters and digits between characters that encodings change. An encoded canary
is found by its core, and an encoded core by decoding what was written.
"""

import base64
import html
import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from urllib.parse import unquote_to_bytes

HEX_ESCAPE = re.compile(rb"\\u00([0-9a-fA-F]{2})")
BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{12,}={0,2}")


def core(name: str) -> str:
    """Return the part of a canary that no encoding of JSON, HTML or URLs changes."""
    return f"Kq7{name}Zx9"


def found(name: str, content: bytes) -> bool:
    """Return whether a canary is in some content, as it is or encoded."""
    wanted = core(name).encode().lower()
    return any(wanted in form.lower() for form in _forms(content))


def leaks(names: Iterable[str], written: Mapping[str, bytes]) -> list[str]:
    """Return which canaries are where. written: content by the name that a failure shows."""
    listed = list(names)
    return [
        f"{name} in {where}: {_excerpt(name, content)}"
        for where, content in written.items()
        for name in listed
        if found(name, content)
    ]


def files_below(folder: Path) -> dict[str, bytes]:
    """Return the content of all files below a folder; of an SQLite file also each value."""
    written = {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    for name, content in list(written.items()):
        if content.startswith(b"SQLite format 3"):
            with closing(sqlite3.connect(folder / name)) as database:
                written[f"{name} (dump)"] = "\n".join(database.iterdump()).encode()
    return written


def _forms(content: bytes) -> Iterator[bytes]:
    yield content
    yield unquote_to_bytes(content)
    yield html.unescape(content.decode("utf-8", "replace")).encode()
    yield HEX_ESCAPE.sub(lambda match: bytes([int(match[1], 16)]), content)
    for match in BASE64.finditer(content):
        for skipped in range(4):  # a longer word can start at any position
            text = match[0][skipped:].rstrip(b"=").translate(bytes.maketrans(b"-_", b"+/"))
            if len(text) % 4 != 1:
                yield base64.b64decode(text + b"=" * (-len(text) % 4))


def _excerpt(name: str, content: bytes) -> str:
    at = content.lower().find(core(name).encode().lower())
    return repr(content[max(at - 60, 0) : at + 60]) if at >= 0 else "encoded"
