"""An answer is broken in exactly one place, and as its schema forbids."""

import json

import pytest

from mock_server import faults
from mock_server.app.mock import Mock
from mock_server.state.sessions import DEFAULT
from tests.mock_server.helpers.disturbed import GET, ID, JUDGE, LIST, NOW, asked, breakable


def test_every_property_can_be_broken_as_its_schema_lets_it() -> None:
    schema = JUDGE.spec.schema(JUDGE.spec.release)
    found = breakable()
    assert {name for name, how in found if how == "missing"} == set(schema["required"])
    assert {name for name, how in found if how == "type"} == set(JUDGE.spec.properties)
    enums = {name for name, says in JUDGE.spec.properties.items() if "enum" in says}
    assert {name for name, how in found if how == "enum"} == enums
    nullable = {n for n, says in JUDGE.spec.properties.items() if "null" in says["type"]}
    assert {name for name, how in found if how == "null"} == set(JUDGE.spec.properties) - nullable


@pytest.mark.parametrize(("name", "how"), breakable())
def test_a_violation_breaks_the_schema_exactly_there(mock: Mock, name: str, how: str) -> None:
    """In every release of the answer; and what the judge finds stands nowhere else."""
    plain = asked(mock, "/api/package_releases/list", {"package_id": "pkg_3"})
    faults.add(mock.context, DEFAULT, {"kind": "violate", "property": name, "how": how})
    answer = asked(mock, "/api/package_releases/list", {"package_id": "pkg_3"})
    operation = JUDGE.spec.operations[LIST]
    found = JUDGE.answer(operation, None, answer, NOW)
    releases = json.loads(plain.body)["package_releases"]
    last = "" if how == "missing" else f"/{name}"
    assert {v.pointer for v in found} == {
        f"/package_releases/{n}{last}" for n in range(len(releases))
    }
    for before, after in zip(releases, json.loads(answer.body)["package_releases"], strict=True):
        assert {key for key in before if key != name} == {key for key in after if key != name}
        assert all(before[key] == after[key] for key in before if key != name)
        assert (name in after) == (how != "missing")


@pytest.mark.parametrize(
    ("where", "how", "status"),
    [
        ("/ok", "missing", 200),
        ("/ok", "enum", 200),
        ("/package_release", "null", 200),
        ("/package_release/transpilation_logs", "type", 200),
        ("/error/error_code", "enum", 404),
        ("/error/message", "missing", 404),
    ],
)
def test_a_pointer_names_what_is_broken_and_no_other_answer_is(
    mock: Mock, where: str, how: str, status: int
) -> None:
    record = {"kind": "violate", "property": where, "how": how, "operation": GET}
    faults.add(mock.context, DEFAULT, record)
    for key, answered in ((ID, 200), ("rel_unknown", 404)):
        answer = asked(mock, body={"package_release_id": key})
        found = JUDGE.answer(JUDGE.spec.operations[GET], None, answer, NOW)
        broken = [where.rpartition("/")[0] if how == "missing" else where]
        assert answer.status == answered
        assert [*dict.fromkeys(v.pointer for v in found)] == (broken if answered == status else [])
        assert bool(answer.faults) == (answered == status)
