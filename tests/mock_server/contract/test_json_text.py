"""Only strict JSON is parsed: RFC 8259 in UTF-8, unique keys, no NaN, a limited depth."""

import json
import sys

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mock_server.contract.source.json_text import MAX_DEPTH, MAX_DIGITS, depth, parse

INVALID: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "line 1 column 1"),
    "a key twice": (b'{"a": 1, "a": 1}', 'duplicate key "a"'),
    "a key twice inside": (b'[{"b": {"a": 1, "\\u0061": 2}}]', 'duplicate key "a"'),
    "NaN": (b"[NaN]", "NaN"),
    "Infinity": (b"Infinity", "Infinity"),
    "-Infinity": (b'{"a": -Infinity}', "-Infinity"),
    "1e999": (b"1e999", "out of range"),
    "-1e999": (b"[-1e999]", "out of range"),
    "a lone high surrogate": (b'"\\ud800"', "surrogate"),
    "a lone low surrogate": (b'["\\uDFFF"]', "surrogate"),
    "surrogates the wrong way round": (b'"\\udc00\\ud800"', "surrogate"),
    "a lone surrogate in a key": (b'{"\\uD834": 1}', "surrogate"),
    "a surrogate in UTF-8": (b'"\xed\xa0\x80"', "UTF-8 at byte 1"),
    "a byte order mark": (b"\xef\xbb\xbf{}", "BOM"),
    "Latin-1": (b'"caf\xe9"', "UTF-8 at byte 4"),
    "UTF-16": ('{"a": 1}'.encode("utf-16"), "UTF-8"),
    "a comma at the end": (b"[1,]", "line 1 column"),
    "a comment": (b"{} // x", "line 1 column 4"),
    "two values": (b"{}\n{}", "line 2 column 1"),
    "single quotes": (b"{'a': 1}", "column 2"),
    "a control character": (b'"\x01"', "control character"),
    "a leading zero": (b"01", "column 2"),
    "hexadecimal": (b"0x1", "column 2"),
    "a no-break space": (b"\xc2\xa01", "column 1"),
    "too deep": (b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1), f"more than {MAX_DEPTH} levels"),
    "far too deep": (b"[" * 500_000, "deep"),
    "far too deep objects": (b'{"a":' * 300_000, "deep"),
    "an integer out of range": (b"[2" + b"0" * 308 + b"]", "out of range"),
    "too many digits": (b"1" * (MAX_DIGITS + 1), f"more than {MAX_DIGITS} digits"),
    "a million digits": (b"-" + b"7" * 1_000_000, "digits"),
}


@pytest.mark.parametrize(("text", "word"), INVALID.values(), ids=INVALID)
def test_text_that_is_not_strict_json_raises_a_readable_error(text: bytes, word: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        parse(text)
    assert word in str(caught.value)
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize(
    "text",
    [
        b"null",
        b" \t\r\n0 ",
        b'{"": {}, " ": []}',
        b'"\\ud83d\\udd0c"',
        b'"\\\\ud800"',
        b'"\\u0000\xf4\x8f\xbf\xbf"',
        b"1" * 308,
        b"-0",
        b"1e-999",
        b"[" * MAX_DEPTH + b"]" * MAX_DEPTH,
        b'["[[[' + b"[" * 500 + b'"]',
    ],
    ids=lambda text: repr(text[:24]),
)
def test_strict_json_is_parsed_as_by_the_standard_library(text: bytes) -> None:
    assert parse(text) == json.loads(text)


@pytest.mark.parametrize(
    ("value", "deep"), [(1, 0), ([], 1), ({}, 1), ([[]], 2), ({"a": [1, {"b": 2}]}, 3)]
)
def test_the_depth_counts_containers(value: object, deep: int) -> None:
    assert depth(value) == deep


def test_an_error_does_not_change_the_limits_of_the_interpreter() -> None:
    before = sys.getrecursionlimit(), sys.get_int_max_str_digits()
    for text, _ in INVALID.values():
        with pytest.raises(ValueError, match=r"."):
            parse(text)
    assert (sys.getrecursionlimit(), sys.get_int_max_str_digits()) == before


SCRAPS = st.sampled_from(
    [
        b"{",
        b"}",
        b"[",
        b"]",
        b",",
        b":",
        b'"',
        b"a",
        b'"a":',
        b"1",
        b"-",
        b".",
        b"e9",
        b"\\u",
        b"\\ud83d",
        b"\\udd0c",
        b"NaN",
        b"null",
        b"true",
        b" ",
        b"\n",
        b"\xed\xa0\x80",
        b"\xff",
        b"0",
        b"E+400",
        b"\xf0\x9f\x94\x8c",
        b'\\"',
        b"\x00",
        b"Infinity",
    ]
)


@given(st.binary(max_size=100) | st.lists(SCRAPS, max_size=30).map(b"".join))
@example(b'{"a":1,"b":[1.5,null,"\\u00e9"]}')
def test_any_bytes_are_parsed_or_raise_a_value_error(text: bytes) -> None:
    try:
        value = parse(text)
    except ValueError:
        return
    assert value == json.loads(text)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8"), max_size=10),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=5), inner, max_size=4),
    max_leaves=15,
)  # fmt: skip


@given(VALUES, st.booleans())
def test_every_serialized_value_is_parsed_to_an_equal_value(
    value: object, ascii_only: bool
) -> None:
    assert parse(json.dumps(value, ensure_ascii=ascii_only).encode()) == value
