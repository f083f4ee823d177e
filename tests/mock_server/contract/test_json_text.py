"""A JSON text is RFC 8259 in UTF-8, each key once, no NaN, bounded; else it says what is wrong."""

import json
import sys

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mock_server.contract.source.json_text import DEEPEST, MOST_DIGITS, depth, parse

REFUSED: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "line 1 column 1"),
    "a key twice": (b'{"a": 1, "a": 1}', '"a" stands twice'),
    "a key twice inside": (b'[{"b": {"a": 1, "\\u0061": 2}}]', '"a" stands twice'),
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
    "a comment": (b"{} // so", "line 1 column 4"),
    "two values": (b"{}\n{}", "line 2 column 1"),
    "single quotes": (b"{'a': 1}", "column 2"),
    "a control character": (b'"\x01"', "control character"),
    "a leading zero": (b"01", "column 2"),
    "hexadecimal": (b"0x1", "column 2"),
    "an odd blank": (b"\xc2\xa01", "column 1"),
    "too deep": (b"[" * (DEEPEST + 1) + b"]" * (DEEPEST + 1), f"more than {DEEPEST} deep"),
    "far too deep": (b"[" * 500_000, "deep"),
    "far too deep objects": (b'{"a":' * 300_000, "deep"),
    "an integer out of range": (b"[2" + b"0" * 308 + b"]", "out of range"),
    "too many digits": (b"1" * (MOST_DIGITS + 1), f"more than {MOST_DIGITS} digits"),
    "a million digits": (b"-" + b"7" * 1_000_000, "digits"),
}


@pytest.mark.parametrize(("text", "word"), REFUSED.values(), ids=REFUSED)
def test_what_is_not_strict_json_is_refused_in_words(text: bytes, word: str) -> None:
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
        b"[" * DEEPEST + b"]" * DEEPEST,
        b'["[[[' + b"[" * 500 + b'"]',
    ],
    ids=lambda text: repr(text[:24]),
)
def test_what_is_strict_json_reads_as_the_standard_library_reads_it(text: bytes) -> None:
    assert parse(text) == json.loads(text)


@pytest.mark.parametrize(
    ("value", "deep"), [(1, 0), ([], 1), ({}, 1), ([[]], 2), ({"a": [1, {"b": 2}]}, 3)]
)
def test_the_depth_counts_containers(value: object, deep: int) -> None:
    assert depth(value) == deep


def test_a_refusal_leaves_no_trace_in_the_limits_of_the_interpreter() -> None:
    before = sys.getrecursionlimit(), sys.get_int_max_str_digits()
    for text, _ in REFUSED.values():
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
def test_any_bytes_are_a_value_or_a_value_error(text: bytes) -> None:
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
def test_every_value_that_is_written_reads_back_equal(value: object, ascii_only: bool) -> None:
    assert parse(json.dumps(value, ensure_ascii=ascii_only).encode()) == value
