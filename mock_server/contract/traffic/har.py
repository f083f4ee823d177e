"""Read recorded exchanges from a HAR file (HTTP Archive 1.2), one after the other.

Browsers, Playwright, Charles, mitmproxy and this project write such files, each a little otherwise:
a body can be absent, be in base64, or be in a file beside the recording.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple
from urllib.parse import urlencode, urlsplit

import ijson  # type: ignore[import-untyped]  # it has no types

from ..exchange import Exchange, Request, Response, decode_path, parse_query
from ..violations import ContractError, Violation

ENTRIES = "log.entries.item"
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
FORM = "application/x-www-form-urlencoded"
MIB = 1024 * 1024
LARGEST_BODY = 32 * MIB  # bytes of a body in a file beside the recording
LARGEST_ENTRY = 64 * MIB  # bytes of an entry, which is in memory as a whole
READ_SIZE = 4 * MIB  # bytes; the parser scans a text that is not complete again with each part
NO_BODY = "the recording does not contain its body"


class Recorded(NamedTuple):
    """An exchange of a recording. number: its position, from 1. unjudged: why the body of its
    response cannot be judged, or ""."""

    exchange: Exchange
    number: int
    unjudged: str


def read_har(path: Path, base: str = "") -> Iterator[Recorded]:
    """Yield the exchanges of a HAR file that got a response.

    base: only those below this URL, and without its path; "" for all.

    Only one entry is in memory at a time, of at most LARGEST_ENTRY bytes. Raises ContractError for
    another file, at the entry that is wrong, and OSError.
    """
    number = 0
    with path.open("rb") as file:
        if file.read(len(BYTE_ORDER_MARK)) != BYTE_ORDER_MARK:
            file.seek(0)
        try:
            metered = _Metered(file)
            items = ijson.items(metered, ENTRIES, use_float=True, buf_size=READ_SIZE)
            for number, entry in enumerate(items, 1):
                metered.count = 0
                recorded = _recorded(entry, number, base, path.parent)
                if recorded is not None:
                    yield recorded
        except _TooLongError:
            most = LARGEST_ENTRY // MIB
            reason = f"the entry after this one has more than {most} MiB: leave it out"
            raise _wrong(path, reason, number) from None
        except ijson.JSONError as error:
            raise _wrong(path, f"it is not valid JSON: {str(error)[:120]}", number) from None
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            reason = f"entry {number} has another form ({type(error).__name__}: {error})"
            raise _wrong(path, reason[:200], number) from None
    if number == 0:
        raise _wrong(path, "it has no log.entries", 0)


class _TooLongError(Exception):
    """An entry has more than LARGEST_ENTRY bytes."""


@dataclass
class _Metered:
    """A file that is read in parts. count: the bytes since it was set to 0."""

    file: BinaryIO
    count: int = 0

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes. Raises _TooLongError."""
        part = self.file.read(size)
        self.count += len(part)
        if self.count > LARGEST_ENTRY:
            raise _TooLongError
        return part


def _wrong(path: Path, reason: str, number: int) -> ContractError:
    fix = "export it again from the browser, Playwright or a proxy"
    where = f"{path}" if number == 0 else f"{path} (entry {number})"
    return ContractError(
        [Violation("har", f"must be a HAR file; {reason}", fix=fix, location=where)]
    )


def _recorded(entry: Mapping[str, Any], number: int, base: str, folder: Path) -> Recorded | None:
    """Return an entry as an exchange; None for one without a response, or of another server."""
    url, status = str(entry["request"]["url"]), entry["response"].get("status")
    parts = urlsplit(url)
    below = path_below(url, base)
    if not status or status < 100 or parts.scheme not in ("http", "https") or below is None:
        return None
    body = _content(entry["request"].get("postData") or {}, folder)
    request = Request(
        method=str(entry["request"]["method"]).upper(),
        path=decode_path(below),
        query=parse_query(parts.query),
        headers=_joined(_headers(entry["request"])),
        body=body or b"",
    )
    content = entry["response"].get("content") or {}
    shown = _content(content, folder)
    response = Response(int(status), tuple(_headers(entry["response"], content)), shown or b"")
    missing = shown is None and (content.get("size") or 0) > 0
    sent = _timestamp(entry["startedDateTime"])
    received = sent + timedelta(milliseconds=max(float(entry.get("time") or 0), 0.0))
    exchange = Exchange(request, response, url, sent, received)
    return Recorded(exchange, number, NO_BODY if missing else "")


def path_below(url: str, base: str) -> str | None:
    """Return the path of a URL below the path of another one; None if it is of another server."""
    parts, root = urlsplit(url), urlsplit(base)
    path = parts.path or "/"
    if not base:
        return path
    prefix = root.path.rstrip("/")
    inside = path == prefix or path.startswith(f"{prefix}/")
    if parts.netloc.lower() != root.netloc.lower() or not inside:
        return None
    return path[len(prefix) :] or "/"


def _headers(
    message: Mapping[str, Any], content: Mapping[str, Any] | None = None
) -> list[tuple[str, str]]:
    """Return the headers of a message, without the pseudo-headers of HTTP/2.

    content: its media type is the ``Content-Type`` if the headers lack one.
    """
    listed = message.get("headers") or []
    pairs = [(str(each["name"]), str(each["value"])) for each in listed]
    pairs = [pair for pair in pairs if not pair[0].startswith(":")]
    mime_type = str((content or {}).get("mimeType") or "")
    if "/" in mime_type and not any(name.lower() == "content-type" for name, _ in pairs):
        pairs.append(("Content-Type", mime_type))
    return pairs


def _joined(pairs: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Return headers by their names in lower case. Values of one name are joined."""
    headers: dict[str, str] = {}
    for name, text in pairs:
        key, separator = name.lower(), "; " if name.lower() == "cookie" else ", "
        headers[key] = headers[key] + separator + text if key in headers else text
    return headers


def _content(content: Mapping[str, Any], folder: Path) -> bytes | None:
    """Return a body; None if the recording does not contain it."""
    beside = content.get("_file")  # Playwright's way to keep bodies out of the recording
    if isinstance(beside, str) and Path(beside).name == beside:
        try:
            with (folder / beside).open("rb") as file:
                body = file.read(LARGEST_BODY + 1)
                return body if len(body) <= LARGEST_BODY else None
        except OSError:
            return None
    text = content.get("text")
    if text is None:
        params = content.get("params") or []
        is_form = str(content.get("mimeType", "")).startswith(FORM)
        pairs = [(str(each["name"]), str(each.get("value") or "")) for each in params]
        return urlencode(pairs).encode() if is_form and pairs else None
    if "base64" in (content.get("encoding"), content.get("_encoding")):
        try:
            return base64.b64decode(text)
        except binascii.Error:
            return None
    return str(text).encode("utf-8", "surrogatepass")


def _timestamp(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
