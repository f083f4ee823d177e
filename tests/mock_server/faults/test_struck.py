"""Which requests a fault strikes, and what has happened when an answer is disturbed."""

from typing import Any

import pytest

from mock_server import faults
from mock_server.app.mock import Mock
from mock_server.contract.violations import ContractError
from mock_server.state.sessions import DEFAULT
from tests.mock_server.helpers.disturbed import ID, LIST, REBUILD, Live, asked, struck


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
def test_a_share_of_the_requests_is_struck(
    mock: Mock, share: dict[str, Any], expected: list[int]
) -> None:
    faults.add(mock.context, DEFAULT, {"kind": "delay", "seconds": 1, **share})
    assert struck(mock) == expected


def test_a_probability_strikes_what_its_seed_says(mock: Mock) -> None:
    def seeded(session: str, seed: int) -> list[int]:
        record = {"kind": "delay", "seconds": 1, "probability": 0.3, "seed": seed}
        faults.add(mock.context, session, record)
        return struck(mock, session, 200)

    assert seeded("a", 1) == seeded("b", 1)
    assert seeded("c", 2) != seeded("d", 3)
    assert 30 < len(seeded("e", 4)) < 90


def test_a_session_is_disturbed_by_its_own_faults_alone(mock: Mock) -> None:
    for session in "ab":
        faults.add(mock.context, session, {"kind": "status", "status": 500, "first": 2})
    assert struck(mock, "a") == [1, 2]
    assert struck(mock, "b") == [1, 2]
    assert struck(mock, "c") == []


def test_only_the_operation_that_is_named_is_disturbed_and_counted(mock: Mock) -> None:
    faults.add(
        mock.context, DEFAULT, {"kind": "status", "status": 500, "operation": LIST, "every": 2}
    )
    lists = []
    for _ in range(4):
        assert asked(mock).status == 200
        lists.append(asked(mock, "/api/package_releases/list", {"package_id": "pkg_3"}).status)
    assert lists == [200, 500, 200, 500]


@pytest.mark.parametrize("path", ["/", "/api/nowhere", "/api/package_releases/nothing"])
def test_what_is_no_operation_is_never_disturbed(live: Live, path: str) -> None:
    plain = live.ask(path, None, "GET", {})
    options = live.ask(method="OPTIONS", body=None, headers={})
    live.add("drop")
    assert live.ask(path, None, "GET", {}) == plain
    assert live.ask(method="OPTIONS", body=None, headers={}) == options


def test_faults_that_are_cleared_or_given_anew_begin_to_count_anew(mock: Mock) -> None:
    record = {"kind": "status", "status": 500, "first": 1, "name": "once"}
    faults.add(mock.context, DEFAULT, record)
    assert struck(mock) == [1]
    faults.clear(mock.context, DEFAULT)
    assert struck(mock) == []
    faults.add(mock.context, DEFAULT, record)
    assert struck(mock) == [1]
    faults.add(mock.context, DEFAULT, {**record, "first": 2})
    assert struck(mock) == [1, 2]
    mock.sessions.anew(DEFAULT)
    faults.add(mock.context, DEFAULT, record)
    assert struck(mock) == [1]


def test_one_fault_is_cleared_by_its_name(mock: Mock) -> None:
    for name in ("a", "b"):
        faults.add(mock.context, DEFAULT, {"kind": "delay", "seconds": 0, "name": name})
    faults.clear(mock.context, DEFAULT, "a")
    assert asked(mock).faults == ("b",)
    with pytest.raises(ContractError, match=r"must be the name of a fault.*valid: b"):
        faults.clear(mock.context, DEFAULT, "a")


def test_faults_are_named_by_their_kind_and_the_first_free_number(mock: Mock) -> None:
    records = [{"kind": "delay", "seconds": 0}, {"kind": "drop"}, {"kind": "delay", "seconds": 0}]
    names = [faults.add(mock.context, DEFAULT, record).name for record in records]
    assert names == ["delay-1", "drop-1", "delay-2"]


def test_a_rebuild_that_is_answered_by_a_fault_has_not_happened(mock: Mock) -> None:
    faults.add(mock.context, DEFAULT, {"kind": "status", "status": 503, "operation": REBUILD})
    before = mock.sessions.session_state(DEFAULT).plays
    assert asked(mock, "/api/package_releases/rebuild").status == 503
    assert mock.sessions.session_state(DEFAULT).plays == before


@pytest.mark.parametrize(
    "record",
    [
        {"kind": "drop"},
        {"kind": "truncate"},
        {"kind": "violate", "property": "is_latest", "how": "null"},
    ],
    ids=lambda record: record["kind"],
)
def test_a_rebuild_whose_answer_is_disturbed_has_happened(
    mock: Mock, record: dict[str, Any]
) -> None:
    faults.add(mock.context, DEFAULT, {**record, "operation": REBUILD})
    assert asked(mock, "/api/package_releases/rebuild").faults == (f"{record['kind']}-1",)
    assert ID in mock.sessions.session_state(DEFAULT).plays
