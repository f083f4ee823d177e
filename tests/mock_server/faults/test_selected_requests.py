"""A fault applies to the requests that it selects; some prevent their operation."""

from typing import Any

import pytest

from mock_server import faults
from mock_server.app.mock import Mock
from mock_server.contract.violations import ContractError
from mock_server.state.session_names import DEFAULT
from tests.mock_server.helpers.faulty import ID, LIST, REBUILD, Live, faulty_requests, response_of


@pytest.mark.parametrize(
    ("share", "expected"),
    [
        ({}, [*range(1, 13)]),
        ({"every": 1}, [*range(1, 13)]),
        ({"every": 5}, [5, 10]),
        ({"first": 2}, [1, 2]),
        ({"probability": 0}, []),
        ({"probability": 1}, [*range(1, 13)]),
    ],
)
def test_a_fault_applies_to_its_share_of_the_requests(
    mock: Mock, share: dict[str, Any], expected: list[int]
) -> None:
    faults.add(mock.context, DEFAULT, {"kind": "delay", "seconds": 1, **share})
    assert faulty_requests(mock) == expected


def test_a_probability_depends_only_on_its_seed(mock: Mock) -> None:
    def seeded(session: str, seed: int) -> list[int]:
        record = {"kind": "delay", "seconds": 1, "probability": 0.3, "seed": seed}
        faults.add(mock.context, session, record)
        return faulty_requests(mock, session, 200)

    assert seeded("a", 1) == seeded("b", 1)
    assert seeded("c", 2) != seeded("d", 3)
    assert 30 < len(seeded("e", 4)) < 90


def test_a_fault_applies_only_to_its_own_session(mock: Mock) -> None:
    for session in "ab":
        faults.add(mock.context, session, {"kind": "status", "status": 500, "first": 2})
    assert faulty_requests(mock, "a") == [1, 2]
    assert faulty_requests(mock, "b") == [1, 2]
    assert faulty_requests(mock, "c") == []


def test_a_fault_counts_and_changes_only_its_operation(mock: Mock) -> None:
    faults.add(
        mock.context, DEFAULT, {"kind": "status", "status": 500, "operation": LIST, "every": 2}
    )
    lists = []
    for _ in range(4):
        assert response_of(mock).status == 200
        lists.append(
            response_of(mock, "/api/package_releases/list", {"package_id": "pkg_3"}).status
        )
    assert lists == [200, 500, 200, 500]


@pytest.mark.parametrize("path", ["/", "/api/nowhere", "/api/package_releases/nothing"])
def test_faults_never_apply_outside_operations(live: Live, path: str) -> None:
    plain = live.request(path, None, "GET", {})
    options = live.request(method="OPTIONS", body=None, headers={})
    live.add("drop")
    assert live.request(path, None, "GET", {}) == plain
    assert live.request(method="OPTIONS", body=None, headers={}) == options


def test_a_fault_that_is_cleared_or_replaced_counts_from_zero(mock: Mock) -> None:
    record = {"kind": "status", "status": 500, "first": 1, "name": "once"}
    faults.add(mock.context, DEFAULT, record)
    assert faulty_requests(mock) == [1]
    faults.clear(mock.context, DEFAULT)
    assert faulty_requests(mock) == []
    faults.add(mock.context, DEFAULT, record)
    assert faulty_requests(mock) == [1]
    faults.add(mock.context, DEFAULT, {**record, "first": 2})
    assert faulty_requests(mock) == [1, 2]
    mock.sessions.restart(DEFAULT)
    faults.add(mock.context, DEFAULT, record)
    assert faulty_requests(mock) == [1]


def test_one_fault_can_be_cleared_by_its_name(mock: Mock) -> None:
    for name in ("a", "b"):
        faults.add(mock.context, DEFAULT, {"kind": "delay", "seconds": 0, "name": name})
    faults.clear(mock.context, DEFAULT, "a")
    assert response_of(mock).faults == ("b",)
    with pytest.raises(ContractError, match=r"must be the name of a fault.*valid: b"):
        faults.clear(mock.context, DEFAULT, "a")


def test_faults_are_named_by_their_kind_and_the_first_free_number(mock: Mock) -> None:
    records = [{"kind": "delay", "seconds": 0}, {"kind": "drop"}, {"kind": "delay", "seconds": 0}]
    names = [faults.add(mock.context, DEFAULT, record).name for record in records]
    assert names == ["delay-1", "drop-1", "delay-2"]


def test_a_status_fault_prevents_the_rebuild(mock: Mock) -> None:
    faults.add(mock.context, DEFAULT, {"kind": "status", "status": 503, "operation": REBUILD})
    before = mock.sessions.session_state(DEFAULT).playbacks
    assert response_of(mock, "/api/package_releases/rebuild").status == 503
    assert mock.sessions.session_state(DEFAULT).playbacks == before


@pytest.mark.parametrize(
    "record",
    [
        {"kind": "drop"},
        {"kind": "truncate"},
        {"kind": "violate", "property": "is_latest", "how": "null"},
    ],
    ids=lambda record: record["kind"],
)
def test_a_fault_of_another_kind_does_not_prevent_the_rebuild(
    mock: Mock, record: dict[str, Any]
) -> None:
    faults.add(mock.context, DEFAULT, {**record, "operation": REBUILD})
    assert response_of(mock, "/api/package_releases/rebuild").faults == (f"{record['kind']}-1",)
    assert f"PackageRelease/{ID}" in mock.sessions.session_state(DEFAULT).playbacks
