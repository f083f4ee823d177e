"""The functions that a rule can call besides those of CEL."""

from datetime import UTC, datetime, timedelta

import pytest

from mock_server.contract.rules.functions import (
    distinct,
    has_prefix,
    pluck,
    total,
    unit,
    unixtime_ms,
)


@pytest.mark.parametrize(
    ("text", "milliseconds"),
    [
        ("2025-06-04T12:00:00Z", 1000),
        ("2025-06-04T12:00:00.5Z", 100),
        ("2025-06-04T12:00:00.25+02:00", 10),
        ("2025-06-04T12:00:00.250Z", 1),
        ("2025-06-04T12:00:00.123456789Z", 1),
    ],
)
def test_the_unit_of_a_timestamp_is_its_last_digit_and_at_least_a_millisecond(
    text: str, milliseconds: int
) -> None:
    assert unit(text) == timedelta(milliseconds=milliseconds)


def test_distinct_and_has_prefix_compare_json_values() -> None:
    assert distinct(["a", "b", "a"]) == ["a", "b"]
    assert distinct([{"a": 1}, {"a": 1}, [1]]) == [{"a": 1}, [1]]
    assert distinct([[{"a": [1]}], [{"a": [1]}], [{"a": [2]}]]) == [[{"a": [1]}], [{"a": [2]}]]
    assert has_prefix([{"msg": "a"}, None], [{"msg": "a"}])
    assert has_prefix([1], [])
    assert not has_prefix([1], [1, 2])
    assert not has_prefix([2, 1], [1])


def test_pluck_returns_one_member_of_each_item() -> None:
    assert pluck([{"a": 1, "b": 2}, {"a": None}], "a") == [1, None]
    assert pluck([], "a") == []


def test_a_sum_adds_the_numbers_of_a_list() -> None:
    assert total([]) == 0
    assert total([1, 2.5]) == 3.5


@pytest.mark.parametrize(("hours", "since_1970"), [(0, 1.5), (1, 1.5 - 3600)])
def test_a_timestamp_is_the_milliseconds_since_1970(hours: int, since_1970: float) -> None:
    at = datetime(1970, 1, 1, 0, 0, 1, 500_999, tzinfo=UTC) - timedelta(hours=hours)
    assert unixtime_ms(at) == since_1970 * 1000
    assert unixtime_ms(datetime(2026, 1, 1, tzinfo=UTC)) == 1_767_225_600_000
