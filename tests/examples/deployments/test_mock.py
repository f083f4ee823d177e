"""The mock of the deployments API: its fixtures, its scenarios, and the control of its states."""

from collections.abc import Iterator
from itertools import product

import pytest

from mock_server.live import LiveMock, live
from tests.helpers.deployments import AURORA, sources
from tests.helpers.requests import Reply, call

JUDGE, FIXTURES = sources()
DEPLOYMENTS = FIXTURES.of_type("Deployment")
SCENARIOS = FIXTURES.scenarios_of("Deployment")
TIMES = ("createdAt", "buildingAt", "readyAt")


@pytest.fixture(scope="module")
def mock() -> Iterator[LiveMock]:
    with live(JUDGE, FIXTURES) as mock:
        yield mock


@pytest.fixture
def session(mock: LiveMock) -> LiveMock:
    session = mock.session()
    session.clock.freeze()
    return session


def get(session: LiveMock, path: str, **headers: str) -> Reply:
    reply = call(session.url, "GET", path, None, {"X-Api-Key": AURORA, **headers})
    assert reply.status == 200, reply
    return reply


def test_the_fixtures_have_every_state() -> None:
    timeline = JUDGE.spec.timeline("Deployment")
    assert {fixture.status for fixture in DEPLOYMENTS.values()} == set(timeline.phases)


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_a_fixture_is_served_with_its_timestamps_shifted(session: LiveMock, name: str) -> None:
    fixture = DEPLOYMENTS[name]
    shown = get(session, f"/deployments/{fixture.key}").json
    shift = shown["createdAt"] - fixture.value["createdAt"]
    expected = dict(fixture.value)
    expected |= {each: expected[each] + shift for each in TIMES if each in expected}
    expected["log"] = [{**entry, "at": entry["at"] + shift} for entry in expected["log"]]
    assert shown == expected


@pytest.mark.parametrize(("fixture", "shown"), list(product(DEPLOYMENTS, DEPLOYMENTS)))
def test_every_deployment_can_show_every_fixture(
    session: LiveMock, fixture: str, shown: str
) -> None:
    key = DEPLOYMENTS[fixture].key
    preferred = get(session, f"/deployments/{key}", Prefer=f"example={shown}")
    assert preferred.json["state"] == DEPLOYMENTS[shown].status
    assert session.show(key, shown) == get(session, f"/deployments/{key}").json


@pytest.mark.parametrize(("fixture", "scenario"), list(product(DEPLOYMENTS, SCENARIOS)))
def test_every_deployment_can_play_every_scenario(
    session: LiveMock, fixture: str, scenario: str
) -> None:
    key, states = DEPLOYMENTS[fixture].key, []
    session.play(key, scenario)
    for _ in range(10):
        states.append(get(session, f"/deployments/{key}").json["state"])
        session.clock.advance(1)
    ends = {"succeeds": "READY", "fails": "ERROR", "never-built": "QUEUED"}
    assert (states[0], states[-1]) == ("QUEUED", ends[scenario])


def test_a_test_selects_the_scenario_of_the_next_deployment(session: LiveMock) -> None:
    states = []
    for scenario in ("fails", None, "never-built"):
        if scenario is not None:
            session.next(scenario)
        path, headers = "/projects/prj_shop/deployments", {"X-Api-Key": AURORA}
        created = call(session.url, "POST", path, {"branch": "main"}, headers).json
        session.clock.advance(60)
        states.append(get(session, f"/deployments/{created['id']}").json["state"])
    assert states == ["ERROR", "READY", "QUEUED"]


def test_a_reset_forgets_what_was_created_and_changed(session: LiveMock) -> None:
    before = get(session, "/projects/prj_shop/deployments").json["deployments"]
    headers = {"X-Api-Key": AURORA}
    call(session.url, "POST", "/projects/prj_shop/deployments", {"branch": "main"}, headers)
    call(session.url, "POST", "/deployments/dpl_building/cancel", None, headers)
    call(session.url, "DELETE", "/projects/prj_docs", None, headers)
    session.reset()
    after = get(session, "/projects/prj_shop/deployments").json["deployments"]
    assert [each["id"] for each in after] == [each["id"] for each in before]
    assert [each["state"] for each in after] == [each["state"] for each in before]
    assert get(session, "/projects/prj_docs").json["name"] == "docs"
