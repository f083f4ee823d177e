"""Texts, bodies and credentials that are rarely tried: tables, whose verdict is the contract's."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from typing import Any

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

# Content types that are not JSON's
OTHER_TYPES = ("text/plain", "application/x-www-form-urlencoded", "application/xml", "json", "")


def near(text: str) -> Iterator[str]:
    """Texts that differ from one that is known by what a loose comparison overlooks."""
    yield from (text.swapcase(), text[:-1], text + "x", " " + text, text + " ", text + "\n")
    yield from (text + "\x00", text + "%", text[:-1] + "_", text[:-1] + "*")
    yield from ("".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text), "%" + text)


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
    yield _with(text, '"other": "\\ud800"')
    yield _with(text, '"other": 01')
    yield text.encode().replace(b'": "', b'": "\xff', 1)
    for name, value in valid.items():
        yield _with(text, f"{json.dumps(name)}: {json.dumps(value)}")


def _with(text: str, member: str) -> bytes:
    return (text[:-1] + ", " + member + "}").encode()


def values(valid: Mapping[str, Any], names: list[str]) -> Iterator[dict[str, Any]]:
    """A valid body with each of its properties of another type, empty, or left out."""
    for name in names:
        for value in (
            None,
            "",
            " ",
            0,
            1,
            1.5,
            True,
            False,
            "true",
            [],
            ["x"],
            {},
            {"a": "b"},
            "x",
        ):
            yield {**valid, name: value}
        yield {other: value for other, value in valid.items() if other != name}
    yield {**valid, "not_a_property": {"of": ["the", "contract"]}}


def queries(valid: Mapping[str, str], name: str) -> Iterator[tuple[tuple[str, str], ...]]:
    """A query with one parameter in odd ways: empty, not a boolean, given twice, left out."""
    rest = tuple((other, text) for other, text in valid.items() if other != name)
    for text in ("", "true", "false", "TRUE", "True", "yes", "no", "on", "1", "0", "null", " true"):
        yield (*rest, (name, text))
    given = valid.get(name, "true")
    yield (*rest, (name, given), (name, given))
    yield (*rest, (name, given), (name, ""))
    yield (*rest, (name + "[]", given))
    yield (*rest, (name, given), ("not_a_parameter", "1"))
    yield rest


def credentials(token: str) -> Iterator[str | None]:
    """Values of Authorization that are not those of an account; None sends no such header."""
    yield from (None, "", "Bearer", "Bearer ", "bearer", token, "Bearer not-a-token", "Bearer null")
    yield from (
        f"Bearer {token[:-1]}",
        f"Bearer {token}x",
        f"Bearer {token} x",
        f"Bearer x {token}",
    )
    yield from (f"Bearer {token.swapcase()}", f'Bearer "{token}"', f"Bearer{token}")
    basic = base64.b64encode(f"{token}:".encode()).decode()
    yield from (f"Basic {basic}", f"Basic {token}", f"Token {token}", f"Digest {token}")
    yield from ("Bearer *", "Bearer %", "Bearer ' OR '1'='1", "Bearer ün")
