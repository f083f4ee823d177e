"""Texts, bodies and credentials that are rarely tried: tables, whose verdict is the contract's."""

from __future__ import annotations

import base64
import json
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

# Valid texts that nothing is called; what is special about each is seen at a glance.
TEXTS = (
    "no such thing",
    " ",
    "0",
    "-1",
    "1e309",
    "12345678901234567890123456789",
    "null",
    "undefined",
    "true",
    "NaN",
    "[object Object]",
    "__proto__",
    "%",
    "_",
    "*",
    ".*",
    "?",
    "%00",
    "%2e%2e%2f",
    "100%",
    "../../etc/passwd",
    "a/b/c",
    "a\\b",
    "a@b@c",
    "@",
    "@1.0.0",
    "a b",
    "a+b&c=d#e",
    "it's",
    '"quoted"',
    "' OR '1'='1",
    "'; DROP TABLE releases; --",
    "$(id) `id` ${x} {{x}}",
    "<script>alert(1)</script>",
    "line\nbreak\ttab\r\n",
    "nul\x00inside",
    "\x7f\x1b[31m",
    "ünïcødé",
    "電路",
    "مرحبا",
    "e\u0301 is not \u00e9",
    "\u202eright to left",
    "\ufeffmark",
    "\u2028separator",
    "🔌👩‍💻",
    "\U0010ffff",
    "x" * 1500,
)

# Of these, the ones that any way to look things up is asked by: patterns, quotes, other scripts.
TELLING = ("no such thing", "%", "_", "*", "' OR '1'='1", "電路", "nul\x00inside", "x" * 1500)
SIZES = (2, 255, 256, 1000, 1025, 4096)  # characters of texts that may be asked for anywhere
LARGE = (16_000, 65_536)  # characters that a body may have

# Content types that are not JSON's
OTHER_TYPES = (
    *("text/plain", "application/x-www-form-urlencoded", "application/xml", "json", ""),
    *("application/json5", "application/json-patch+json", "text/json"),
)


def near(text: str) -> Iterator[str]:
    """Texts that differ from one that is known by what a loose comparison overlooks."""
    yield from (text.swapcase(), text.lower(), text.upper(), text[:-1], text[1:], text + "x")
    yield from (" " + text, text + " ", text + "\n", text + "\x00", text + "\x00x", f'"{text}"')
    yield from (text + "%", "%" + text, text[:-1] + "_", text[:-1] + "*", text[:-1] + "?")
    yield from (text[:1] + "%" + text[2:], text + "/", text + ";", text.replace("_", "-"))
    yield from (text.rpartition("@")[0], text.rpartition("@")[0] + "@", text.rpartition("/")[2])
    yield from (unicodedata.normalize(form, text) for form in ("NFC", "NFD", "NFKC", "NFKD"))
    yield "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)
    yield quote(text, safe="")


def bodies(valid: Mapping[str, Any]) -> Iterator[bytes]:
    """Bodies that are no JSON text in UTF-8, no object, or an object said twice."""
    text = json.dumps(valid)
    yield b""
    yield from (
        text[:-1].encode(),
        (text + "}").encode(),
        (text + text).encode(),
        text.encode("utf-16"),
    )
    yield from (
        b"{",
        b"{'a': 1}",
        b"{,}",
        b'{"a": 1,}',
        b"a=1",
        b" ",
        b"\x00",
        b"\xff\xfe",
        b"undefined",
    )
    yield from (b"null", b"true", b"1", b'"text"', b"[]", f"[{text}]".encode(), b"{}")
    yield _with(text, '"other": NaN')
    yield _with(text, '"other": Infinity')
    yield _with(text, '"other": 1, "other": 2')
    yield _with(text, '"other": [{"a": [{"b": 1, "b": 1}]}]')
    yield _with(text, '"other": {"a": {"b": 1, "b": 2}}')
    yield _with(text, '"other": "\\ud800"')
    yield _with(text, '"\\udfff": 1')
    yield _with(text, '"other": -Infinity')
    yield _with(text, "\"other\": 'x'")
    yield b"\xef\xbb\xbf" + text.encode()[:-1]
    yield _with(text, '"other": 01')
    yield text.encode().replace(b'": "', b'": "\xff', 1)
    for name, value in valid.items():
        yield _with(text, f"{json.dumps(name)}: {json.dumps(value)}")


def _with(text: str, member: str) -> bytes:
    return (text[:-1] + ", " + member + "}").encode()


def values(valid: Mapping[str, Any], names: list[str]) -> Iterator[dict[str, Any]]:
    """A valid body with each of its properties of another type, empty, or left out."""
    for name in names:
        for value in (None, "", 0, 1.5, True, False, "true", [], ["x"], {"a": "b"}):
            yield {**valid, name: value}
        yield {other: value for other, value in valid.items() if other != name}
    yield {**valid, "not_a_property": {"of": ["the", "contract"]}}
    for name in ("__proto__", "constructor", "toString"):
        yield {**valid, name: {"of": "no object here"}}


def partial(valid: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """A valid body with each of its keys left out, and with each flag the other way round."""
    for name, value in valid.items():
        yield {other: text for other, text in valid.items() if other != name}
        if isinstance(value, bool):
            yield {**valid, name: not value}


def queries(valid: Mapping[str, str], name: str) -> Iterator[tuple[tuple[str, str], ...]]:
    """A query with one parameter in odd ways: empty, not a boolean, given twice, left out."""
    rest = tuple((other, text) for other, text in valid.items() if other != name)
    for text in (
        "",
        "true",
        "false",
        "TRUE",
        "False",
        "yes",
        "off",
        "1",
        "0",
        "null",
        " true",
        "2",
    ):
        yield (*rest, (name, text))
    given = valid.get(name, "true")
    yield (*rest, (name, "false"), (name, "true"))
    yield (*rest, (name, given), (name, given))
    yield (*rest, (name, given), (name, ""))
    yield (*rest, (name + "[]", given))
    yield (*rest, (name, given), ("not_a_parameter", "1"))
    yield rest


# Names by which other APIs take a credential in the query, where the contract has none
IN_QUERY = ("access_token", "token", "api_key")


def credentials(token: str) -> Iterator[str | None]:
    """Values of Authorization that are not those of an account; None sends no such header."""
    yield from (None, "", "Bearer", "Bearer ", "bearer", token, "Bearer not-a-token", "Bearer null")
    yield from (f"Bearer {token[:-1]}", f"Bearer {token[1:]}", f"Bearer {token[:1]}")
    yield from (f"Bearer {token}x", f"Bearer x{token}", f"Bearer {token} x", f"Bearer x {token}")
    yield from (f"Bearer {token},x", f"Bearer {token[:-1]}%", f"Bearer {token[:-1]}_")
    yield from (f"Bearer {case}" for case in (token.upper(), token.title()) if case != token)
    yield from (f'Bearer "{token}"', f"Bearer{token}", f"Bearer={token}", f"Bearer: {token}")
    basic = base64.b64encode(f"{token}:".encode()).decode()
    yield from (f"Basic {basic}", f"Basic {token}", f"Token {token}", f"Digest {token}")
    yield from (f"Bearerx {token}", f"xBearer {token}", f"Bearer Bearer {token}")
    yield from ("Bearer *", "Bearer %", "Bearer ' OR '1'='1", "Bearer ün", "Bearer undefined")
