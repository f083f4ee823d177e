"""Hostile requests: each is a name and the bytes of one HTTP message, or of a part of one."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

GET = "/api/package_releases/get"
REBUILD = "/api/package_releases/rebuild"
MANY = 16_000  # characters of a header: the mock reads at most 64 KiB of all headers
BODY = 1_000_000  # bytes of a body: the mock reads at most 1 MiB
LOOKUP = b'{"package_release_id": "rel_successful"}'
PAIRS = 1_900  # parameters of a query


def message(
    headers: Mapping[str, str] | None = None,
    body: bytes = LOOKUP,
    method: str = "POST",
    path: str = GET,
) -> bytes:
    """Return the bytes of a request."""
    fields = {
        "Host": "127.0.0.1",
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        **(headers or {}),
    }
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {text}" for name, text in fields.items())]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def inputs() -> dict[str, bytes]:
    """Return every input by its name."""
    named = (*_headers(), *_paths(), *_bodies(), *_controls(), *_unfinished())
    return dict(named)


def costly_lists() -> dict[str, bytes]:
    """Return the inputs for a document whose rules take the third power of a list's length."""
    lists = {
        number: {"id": "1", "items": list(range(number))} for number in (50, 500, 5_000, 150_000)
    }
    bodies = {number: json.dumps(value).encode() for number, value in lists.items()}
    return {
        f"costly rules: {number:,} items": message(body=body, path="/lists")
        for number, body in bodies.items()
    }


def _headers() -> Iterator[tuple[str, bytes]]:
    texts = {
        "Prefer": {
            "blanks": "x," + " " * MANY + '"',
            "quotes": "x" + '"' * MANY,
            "backslashes": 'x="' + "\\" * MANY,
            "commas": "," * MANY,
            "equal signs": "x" + "=" * MANY,
            "semicolons": "x" + ";" * MANY,
            "digits": "seed=" + "9" * MANY,
        },
        "Cookie": {
            "backslashes": 'mock_session="' + "\\" * MANY,
            "blanks": "a" + " " * MANY,
            "semicolons": ";" * MANY,
            "equal signs": "a=" + "=" * MANY,
            "pairs": "; ".join(f"c{number}=value{number}" for number in range(900)),
        },
        "Authorization": {
            "equal signs": "Bearer " + "=" * MANY + "!",
            "blanks": "Bearer" + " " * MANY + "!",
            "basic": "Basic " + "A" * MANY,
            "words": "Bearer " + "a " * (MANY // 2),
        },
        "Accept": {
            "ranges": ", ".join(f"a/b{number};q=0.{number % 10}" for number in range(900)),
            "parameters": "a/b" + ";x=y" * (MANY // 4),
            "commas": "," * MANY,
            "quotes": 'a/b;x="' + "\\" * MANY,
        },
        "Content-Type": {
            "blanks": "application/json;" + " " * MANY + "=",
            "parameters": "application/json" + ";x=y" * (MANY // 4),
            "quotes": 'application/json; charset="' + "\\" * MANY,
            "boundary": "multipart/form-data; boundary=" + "-" * MANY,
        },
        "X-Mock-Session": {"long": "a" * MANY, "dots": "." * MANY},
        "Last-Event-ID": {"dashes": "1-" * (MANY // 2)},
        "If-None-Match": {"tags": '"a",' * (MANY // 4)},
        "Origin": {"long": "http://" + "a." * (MANY // 2)},
        "X-Request-Id": {"long": "a" * MANY},
    }
    for header, of_header in texts.items():
        for name, text in of_header.items():
            yield f"{header}: {name}", message({header: text})
    many = {f"X-{number}": "a" for number in range(95)}
    yield "many headers", message(many)


def _paths() -> Iterator[tuple[str, bytes]]:
    query = "&".join(f"key{number}=value" for number in range(PAIRS))
    tokens = "&".join(f"token=secret{number}" for number in range(PAIRS))
    paths = {
        "slashes": "/" * MANY,
        "segments": "/a" * (MANY // 2),
        "percent signs": "/" + "%41" * (MANY // 3),
        "broken percent signs": "/" + "%" * MANY,
        "dots": "/.." * (MANY // 3),
        "session": "/_s/" + "a" * MANY + GET,
        "query keys": f"/api/packages/get?{query}",
        "query tokens": f"/api/packages/get?{tokens}",
        "query ampersands": "/api/packages/get?" + "&" * MANY,
        "query equal signs": "/api/packages/get?package_id=" + "=" * MANY,
        "query semicolons": "/api/packages/get?package_id=" + ";" * MANY,
    }
    for name, path in paths.items():
        yield f"path: {name}", message(body=b"", method="GET", path=path)


def _bodies() -> Iterator[tuple[str, bytes]]:
    def text(character: str) -> bytes:
        return json.dumps({"package_release_id": character * (BODY // len(character))}).encode()

    bodies = {
        "semicolons": text(";"),
        "token names": text("?token"),
        "blanks": text(" "),
        "escapes": b'{"package_release_id": "' + rb"\u0041" * (BODY // 6) + b'"}',
        "backslashes": b'{"package_release_id": "' + b"\\" * BODY,
        "quotes": b'"' * BODY,
        "keys": json.dumps({f"k{number}": 1 for number in range(80_000)}).encode(),
        "equal keys": b"{" + b'"a":1,' * (BODY // 6) + b'"a":1}',
        "token members": b"{" + b'"token":"secretsecret",' * (BODY // 23) + b'"a":1}',
        "wrong items": json.dumps({"package_release_id": [0] * 330_000}).encode(),
        "brackets": b"[" * BODY,
        "nested objects": b'{"a":' * (BODY // 5),
        "digits": b'{"package_release_id": ' + b"9" * BODY + b"}",
        "fraction": b'{"package_release_id": 0.' + b"1" * BODY + b"}",
        "exponent": b'{"package_release_id": 1e' + b"9" * 1_000 + b"}",
        "invalid UTF-8": b'{"package_release_id": "' + b"\xff" * BODY + b'"}',
        "surrogates": b'{"package_release_id": "' + rb"\ud800" * (BODY // 6) + b'"}',
        "blanks around": b" " * (BODY // 2) + LOOKUP + b" " * (BODY // 2),
    }
    for name, body in bodies.items():
        yield f"body: {name}", message(body=body)
    token = {"Authorization": "Bearer testuser-token"}
    yield "rebuild", message(token, b'{"package_release_id": "rel_successful"}', path=REBUILD)


def _controls() -> Iterator[tuple[str, bytes]]:
    calls: dict[str, Any] = {
        "violate pointer": {"kind": "violate", "property": "/a" * 450_000, "how": "missing"},
        "fault keys": {"kind": "delay", **{f"k{number}": 1 for number in range(50_000)}},
    }
    for name, body in calls.items():
        data = json.dumps(body).encode()
        yield f"control: {name}", message(body=data, path="/_mock/faults")
    clock: dict[str, bytes] = {
        "deep": b'{"advance": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        "huge exponent": b'{"advance": 1e999999}',
        "huge integer": b'{"advance": ' + b"9" * 100_000 + b"}",
        "keys": json.dumps(dict.fromkeys(range(80_000), 1)).encode(),
        "wrong items": b'{"advance": [' + b"0," * 340_000 + b"0]}",
        "too large": b'{"advance": "' + b"a" * 2 * BODY + b'"}',
    }
    for name, data in clock.items():
        yield f"control: {name}", message(body=data, path="/_mock/clock")
    for path in ("/_mock/", "/_mock/map", "/_mock/journal?limit=1000", "/_mock/contract"):
        html = {"Accept": "text/html"}
        yield f"control: {path}", message(html, b"", "GET", path)


def _unfinished() -> Iterator[tuple[str, bytes]]:
    yield "unfinished: request line", b"GET /" + b"a" * MANY
    yield "unfinished: header", b"GET / HTTP/1.1\r\nX: " + b"a" * MANY
    yield "unfinished: body", message(body=b"a" * BODY)[: -BODY // 2]
    chunks = b"".join(b"1\r\na\r\n" for _ in range(50_000))
    yield (
        "unfinished: chunks",
        message({"Transfer-Encoding": "chunked"}, b"").replace(b"Content-Length: 0\r\n", b"")
        + chunks,
    )
    yield "garbage", bytes(range(256)) * 60
