"""A `violate` fault breaks exactly one property, in a way that its schema forbids."""

import json

import pytest

from mock_server import faults
from mock_server.app.mock import Mock
from mock_server.state.session_names import DEFAULT
from tests.mock_server.helpers.faulty import GET, ID, JUDGE, LIST, NOW, breakable, response_of


def test_every_property_can_be_broken_in_the_ways_its_schema_forbids() -> None:
    release, pairs = JUDGE.spec.types["PackageRelease"], breakable()
    properties = release.properties
    assert {name for name, how in pairs if how == "missing"} == release.required
    assert {name for name, how in pairs if how == "type"} == set(properties)
    enums = {name for name, value in properties.items() if "enum" in value}
    assert {name for name, how in pairs if how == "enum"} == enums
    nullable = {name for name in properties if release.allows_null(name)}
    assert {name for name, how in pairs if how == "null"} == set(properties) - nullable


@pytest.mark.parametrize(("name", "how"), breakable())
def test_a_violation_breaks_the_schema_only_at_its_property(
    mock: Mock, name: str, how: str
) -> None:
    """It breaks the property in every release, and the judge finds no other violation."""
    plain = response_of(mock, "/api/package_releases/list", {"package_id": "pkg_3"})
    record = {"kind": "violate", "property": name, "how": how, "operation": LIST}
    faults.add(mock.context, DEFAULT, record)
    response = response_of(mock, "/api/package_releases/list", {"package_id": "pkg_3"})
    operation = JUDGE.spec.operations[LIST]
    violations = JUDGE.response(operation, None, response, NOW)
    releases = json.loads(plain.body)["package_releases"]
    suffix = "" if how == "missing" else f"/{name}"
    assert {violation.pointer for violation in violations} == {
        f"/package_releases/{n}{suffix}" for n in range(len(releases))
    }
    for before, after in zip(releases, json.loads(response.body)["package_releases"], strict=True):
        assert {key for key in before if key != name} == {key for key in after if key != name}
        assert all(before[key] == after[key] for key in before if key != name)
        assert (name in after) == (how != "missing")


def test_without_an_operation_a_property_is_broken_in_each_type_of_resource_that_has_it(
    mock: Mock,
) -> None:
    """It changes nothing where the schema of a type allows what it does."""
    record = {"kind": "violate", "property": "creator_account_id", "how": "null"}
    faults.add(mock.context, DEFAULT, record)
    package = response_of(mock, "/api/packages/get", {"package_id": "pkg_3"})
    assert json.loads(package.body)["package"]["creator_account_id"] is None
    assert package.faults == ("violate-1",)
    assert response_of(mock, body={"package_release_id": ID}).faults == ()


@pytest.mark.parametrize(
    ("pointer", "how", "status"),
    [
        ("/ok", "missing", 200),
        ("/ok", "enum", 200),
        ("/package_release", "null", 200),
        ("/package_release/transpilation_logs", "type", 200),
        ("/error/error_code", "enum", 404),
        ("/error/message", "missing", 404),
    ],
)
def test_a_pointer_breaks_only_the_responses_that_have_its_property(
    mock: Mock, pointer: str, how: str, status: int
) -> None:
    record = {"kind": "violate", "property": pointer, "how": how, "operation": GET}
    faults.add(mock.context, DEFAULT, record)
    for key, actual in ((ID, 200), ("rel_unknown", 404)):
        response = response_of(mock, body={"package_release_id": key})
        violations = JUDGE.response(JUDGE.spec.operations[GET], None, response, NOW)
        broken = [pointer.rpartition("/")[0] if how == "missing" else pointer]
        assert response.status == actual
        pointers = [*dict.fromkeys(violation.pointer for violation in violations)]
        assert pointers == (broken if actual == status else [])
        assert bool(response.faults) == (actual == status)
