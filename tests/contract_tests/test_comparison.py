"""What counts as the same answer, and what follows from nothing that was done."""

from collections.abc import Mapping
from typing import Any

import pytest

from contract_tests.judging.comparison import confirmed_difference, difference, unexpected_change
from contract_tests.run.run import load_judge
from contract_tests.target.target import Exchange
from mock_server.contract.document.spec import Spec
from mock_server.contract.exchange import Request

SPEC: Spec = load_judge(None).spec
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
def test_optional_properties_and_the_precision_of_instants_make_no_difference(
    other: Mapping[str, Any],
) -> None:
    assert difference(SPEC, SPEC.release, BASE, other) is None
    assert difference(SPEC, SPEC.release, other, BASE) is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("license", "BSD"),
        ("license", None),
        ("is_locked", 0),
        ("created_at", "2025-06-01T00:00:01.250Z"),
    ],
)
def test_another_value_does(name: str, value: Any) -> None:
    found = difference(SPEC, SPEC.release, BASE, {**BASE, name: value})
    assert found is not None
    assert found.pointer == f"/{name}"


def test_a_required_property_that_is_left_out_does() -> None:
    assert difference(SPEC, SPEC.release, BASE, without("version")) is not None


def test_in_one_way_what_is_left_out_is_lost() -> None:
    assert unexpected_change(SPEC, BASE, without("license")) is not None
    assert unexpected_change(SPEC, {**BASE, "license": None}, without("license")) is None


def test_a_build_under_way_may_go_on_and_an_ended_one_may_not() -> None:
    building = {**BASE, "circuit_json_build_display_status": "building"}
    assert unexpected_change(SPEC, building, BASE) is None
    assert unexpected_change(SPEC, BASE, building) is not None
    assert unexpected_change(SPEC, building, {**BASE, "version": "2"}) is not None


def test_two_ways_are_told_apart_only_when_it_is_so_each_time() -> None:
    changed = {**BASE, "license": "BSD"}
    shown = iter([changed, BASE])
    assert (
        confirmed_difference(SPEC, SPEC.release, lambda: BASE, lambda: (next(shown), EXCHANGE))
        is None
    )
    always = confirmed_difference(SPEC, SPEC.release, lambda: BASE, lambda: (changed, EXCHANGE))
    assert always is not None
    assert always[0].pointer == "/license"


def test_a_thing_that_changes_between_two_looks_proves_nothing() -> None:
    looks = iter(range(100))

    def look() -> dict[str, Any]:
        return {**BASE, "license": str(next(looks))}

    assert confirmed_difference(SPEC, SPEC.release, look, lambda: (BASE, EXCHANGE)) is None
