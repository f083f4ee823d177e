"""Unusual texts, bodies, queries and credentials. The contract decides what each must return."""

from __future__ import annotations

import base64
import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

UNKNOWN = "does not exist"  # a valid text that matches no resource

# Other such texts, each unusual in its own way
TEXTS = (
    UNKNOWN,
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

# The most revealing of these, which every lookup receives: patterns, quotes, other scripts
MOST_REVEALING = (UNKNOWN, "%", "_", "*", "' OR '1'='1", "電路", "nul\x00inside", "x" * 1500)
SIZES = (2, 255, 256, 1000, 1025, 4096)  # characters of texts for every lookup
LARGE = (16_000, 65_536)  # characters of texts that fit only into a body

# Content types that are not JSON
OTHER_TYPES = (
    *("text/plain", "application/x-www-form-urlencoded", "application/xml", "json", ""),
    *("application/json5", "application/json-patch+json", "text/json"),
)


SEPARATORS = re.compile(r"[-._+/@]")


def similar(text: str) -> Iterator[str]:
    """Yield texts that differ from a known one, but are equal to it in a loose comparison."""
    yield from (text.swapcase(), text.lower(), text.upper(), text[:-1], text[1:], text + "x")
    yield from (" " + text, text + " ", text + "\n", text + "\x00", text + "\x00x", f'"{text}"')
    yield from (text + "%", "%" + text, text[:-1] + "_", text[:-1] + "*", text[:-1] + "?")
    yield from (text[:1] + "%" + text[2:], text + "/", text + ";", text.replace("_", "-"))
    yield from (text.rpartition("@")[0], text.rpartition("@")[0] + "@", text.rpartition("/")[2])
    yield from (unicodedata.normalize(form, text) for form in ("NFC", "NFD", "NFKC", "NFKD"))
    yield "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)
    yield quote(text, safe="")


def beginnings(text: str) -> Iterator[str]:
    """Yield the beginnings of a text up to each separator, such as `1` and `1.0` of `1.0.0`."""
    for separator in SEPARATORS.finditer(text):
        yield from (text[: separator.start()], text[: separator.end()])


def inexact(text: str) -> Iterator[str]:
    """Yield texts that a lenient server may take for a known one: parts, ranges and aliases."""
    yield from beginnings(text)
    for separator in SEPARATORS.finditer(text):
        yield text[separator.end() :]
    yield from (text[:-1], text[1:], text.upper(), text.lower(), text.swapcase(), f"{text}.0")
    yield from (f"{prefix}{text}" for prefix in ("v", "=", "^", "~", ">=", " ", "0", "@", "%"))
    yield from (f"{text}{suffix}" for suffix in ("x", " ", "%", "*", "+build", "-0"))
    yield from (f"{text[:-1]}{pattern}" for pattern in ("x", "*", "_", "?"))
    yield from ("latest", "newest", "current", "*", "x", "%")


def bodies(valid: Mapping[str, Any]) -> Iterator[bytes]:
    """Yield bodies that are not strict JSON in UTF-8, or not one JSON object."""
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


def extreme_bodies(valid: Mapping[str, Any]) -> Iterator[bytes]:
    """Yield valid bodies with an extreme value of an unknown key: a number, a key, a structure."""
    text = json.dumps(valid)
    digits = "9" * 5000
    for number in ("1e309", "-1e309", "1e-400", "-0", "0.1e1", digits, f"-{digits}", f"0.{digits}"):
        yield _with(text, f'"other": {number}')
    yield _with(text, '"other": 9007199254740993')
    yield _with(text, '"other": 1e99999')
    for levels in (150, 1200, 20_000):
        yield _with(text, f'"other": {"[" * levels}{"]" * levels}')
        object_start = '{"a": '
        yield _with(text, f'"other": {object_start * levels}1{"}" * levels}')
    yield _with(text, '"": 1')
    yield _with(text, '"a.b[c]/~0~1$ref": {"$ref": "#/nothing"}')
    yield _with(text, '"nul\\u0000": "\\u0000"')
    yield _with(text, ", ".join(f'"key{number}": {number}' for number in range(1000)))
    yield _with(text, f'"other": [{", ".join(["null"] * 3000)}]')
    yield _with(text, f'"{"k" * 5000}": 1')


def _with(text: str, member: str) -> bytes:
    return (text[:-1] + ", " + member + "}").encode()


def values(valid: Mapping[str, Any], names: list[str]) -> Iterator[dict[str, Any]]:
    """Yield a valid body with each property of another type, empty, or absent."""
    for name in names:
        for value in (None, "", 0, 1.5, True, False, "true", [], ["x"], {"a": "b"}):
            yield {**valid, name: value}
        yield {other: value for other, value in valid.items() if other != name}
    yield {**valid, "not_a_property": {"list": ["of", "texts"]}}
    for name in ("__proto__", "constructor", "toString"):
        yield {**valid, name: {"not": "a prototype"}}


def incomplete(valid: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield a valid body without each of its properties, and with each boolean inverted."""
    for name, value in valid.items():
        yield {other: text for other, text in valid.items() if other != name}
        if isinstance(value, bool):
            yield {**valid, name: not value}


def queries(valid: Mapping[str, str], name: str) -> Iterator[tuple[tuple[str, str], ...]]:
    """Yield queries with unusual forms of one parameter: empty, not a boolean, twice, absent."""
    others = tuple((other, text) for other, text in valid.items() if other != name)
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
        yield (*others, (name, text))
    value = valid.get(name, "true")
    yield (*others, (name, "false"), (name, "true"))
    yield (*others, (name, value), (name, value))
    yield (*others, (name, value), (name, ""))
    yield (*others, (name + "[]", value))
    yield (*others, (name, value), ("not_a_parameter", "1"))
    yield others


# Names of query parameters that other APIs use for a credential
IN_QUERY = ("access_token", "token", "api_key")


def credentials(token: str) -> Iterator[str | None]:
    """Yield invalid values of the Authorization header; None sends no such header."""
    yield from (None, "", "Bearer", "Bearer ", "bearer", token, "Bearer not-a-token", "Bearer null")
    yield from (f"Bearer {token[:-1]}", f"Bearer {token[1:]}", f"Bearer {token[:1]}")
    yield from (f"Bearer {token}x", f"Bearer x{token}", f"Bearer {token} x", f"Bearer x {token}")
    yield from (f"Bearer {token},x", f"Bearer {token[:-1]}%", f"Bearer {token[:-1]}_")
    yield from (f"Bearer {case}" for case in (token.upper(), token.swapcase()) if case != token)
    yield from (f'Bearer "{token}"', f"Bearer{token}", f"Bearer={token}", f"Bearer: {token}")
    basic = base64.b64encode(f"{token}:".encode()).decode()
    yield from (f"Basic {basic}", f"Basic {token}", f"Token {token}", f"Digest {token}")
    yield from (f"Bearerx {token}", f"xBearer {token}", f"Bearer Bearer {token}")
    # Members of every object in JavaScript
    yield from ("Bearer __proto__", "Bearer constructor", "Bearer toString")
    yield from ("Bearer *", "Bearer %", "Bearer ' OR '1'='1", "Bearer ün", "Bearer undefined")
