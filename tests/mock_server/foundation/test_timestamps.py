"""A timestamp is milliseconds since 1970, or RFC 3339 text with milliseconds and Z."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_server.foundation import timestamps
from tests.mock_server.helpers.strategies import EDGE_TIMESTAMPS


@given(
    st.integers(timestamps.parse("0001-01-01T00:00:00Z"), timestamps.parse("9999-12-31T23:59:59Z"))
)
def test_a_formatted_timestamp_is_parsed_to_the_same_value(milliseconds: int) -> None:
    text = timestamps.to_text(milliseconds)
    assert timestamps.parse(text) == milliseconds
    assert len(text) == len("2025-06-04T12:00:00.000Z")
    assert timestamps.to_datetime(milliseconds).isoformat()[:19] == text[:19]


@pytest.mark.parametrize(
    ("text", "milliseconds"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01T01:00:00.001+01:00", 1),
        ("1969-12-31t23:59:59.999999999z", -1),
        ("1970-01-01T00:00:00.0009Z", 0),
        ("1970-01-01T00:00:00.12Z", 120),
        ("1970-01-01T00:00:00-00:00", 0),
    ],
)
def test_offsets_are_parsed_and_fractions_are_cut_to_milliseconds(
    text: str, milliseconds: int
) -> None:
    assert timestamps.parse(text) == milliseconds


@pytest.mark.parametrize(
    "text", [*EDGE_TIMESTAMPS, "", "today", "2025-06-04", "2025-06-04T12:00:00"]
)
def test_an_unusual_text_is_parsed_or_raises_a_value_error(text: str) -> None:
    try:
        milliseconds = timestamps.parse(text)
    except ValueError:
        return
    assert isinstance(milliseconds, int)
