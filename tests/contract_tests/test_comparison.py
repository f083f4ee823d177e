"""Comparison of two observations of one resource."""

from collections.abc import Mapping
from typing import Any

import pytest

from contract_tests.judging.comparison import confirmed_difference, difference, unexpected_change
from contract_tests.target.roles import timed_name
from mock_server.contract.document.spec import Spec
from mock_server.contract.exchange import Exchange, Request
from tests.helpers.shipped import shipped_sources

SPEC: Spec = shipped_sources()[0].spec
NAME = timed_name(SPEC)
BASE = {
    "package_release_id": "r",
    "package_id": "p",
    "version": "1.0.0",
    "license": "MIT",
    "is_locked": False,
    "created_at": "2025-06-01T00:00:00.250Z",
    "display_status": "successful",
    "transpilation_display_status": "successful",
    "circuit_json_build_display_status": "successful",
    "transpilation_is_stale": False,
}
EXCHANGE = Exchange.without_response(Request("GET", "/"), "")


def without(*names: str) -> dict[str, Any]:
    return {name: value for name, value in BASE.items() if name not in names}


@pytest.mark.parametrize(
    "other",
    [
        BASE,
        without("license"),
        {**BASE, "created_at": "2025-06-01T00:00:00Z"},
        {**BASE, "created_at": "2025-06-01T02:00:00.250000+02:00"},
        {**BASE, "not_in_the_contract": 1},
    ],
)
def test_an_absent_optional_property_and_another_precision_are_no_difference(
    other: Mapping[str, Any],
) -> None:
    assert difference(SPEC, NAME, BASE, other) is None
    assert difference(SPEC, NAME, other, BASE) is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("license", "BSD"),
        ("license", None),
        ("is_locked", 0),
        ("created_at", "2025-06-01T00:00:01.250Z"),
    ],
)
def test_another_value_is_a_difference(name: str, value: Any) -> None:
    violation = difference(SPEC, NAME, BASE, {**BASE, name: value})
    assert violation is not None
    assert violation.pointer == f"/{name}"


def test_an_absent_required_property_is_a_difference() -> None:
    assert difference(SPEC, NAME, BASE, without("version")) is not None


def test_within_one_lookup_an_absent_property_equals_null() -> None:
    assert unexpected_change(SPEC, BASE, without("license")) is not None
    assert unexpected_change(SPEC, {**BASE, "license": None}, without("license")) is None


def test_only_a_build_that_has_not_ended_may_change() -> None:
    building = {**BASE, "circuit_json_build_display_status": "building"}
    assert unexpected_change(SPEC, building, BASE) is None
    assert unexpected_change(SPEC, BASE, building) is not None
    assert unexpected_change(SPEC, building, {**BASE, "version": "2"}) is not None


def test_a_difference_is_confirmed_if_it_occurs_in_every_try() -> None:
    changed = {**BASE, "license": "BSD"}
    results = iter([changed, BASE])
    once = confirmed_difference(SPEC, NAME, lambda: BASE, lambda: (next(results), EXCHANGE))
    assert once is None
    always = confirmed_difference(SPEC, NAME, lambda: BASE, lambda: (changed, EXCHANGE))
    assert always is not None
    assert always[0].pointer == "/license"


def test_no_difference_is_confirmed_for_a_resource_that_changes_all_the_time() -> None:
    numbers = iter(range(100))

    def look() -> dict[str, Any]:
        return {**BASE, "license": str(next(numbers))}

    assert confirmed_difference(SPEC, NAME, look, lambda: (BASE, EXCHANGE)) is None
