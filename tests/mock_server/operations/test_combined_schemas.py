"""A document as teams have it: schemas with ``allOf``, errors with one example, nested paths."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mock_server.contract.document.loading import load
from mock_server.contract.violations import ContractError
from mock_server.export.operations import operations
from mock_server.live import LiveMock, live, load_sources
from mock_server.probing.inspection import inspect
from tests.helpers.requests import Reply, call
from tests.helpers.videos import OVERLAY, written

ADA, BOB = "ada-key", "bob-key"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveMock]:
    spec, overlay, fixtures = written(tmp_path_factory.mktemp("videos"))
    with live(*load_sources(spec, fixtures, [overlay])) as mock:
        yield mock


@pytest.fixture
def session(served: LiveMock) -> LiveMock:
    return served.session()


def send(mock: LiveMock, method: str, path: str, body: Any = None, key: str = ADA) -> Reply:
    return call(mock.url, method, path, body, {"X-Api-Key": key})


def test_a_status_that_is_a_part_of_allof_is_moved_by_requests_alone(session: LiveMock) -> None:
    assert send(session, "POST", "/videos/vid_1/publish").json["visibility"] == "public"
    assert send(session, "GET", "/videos/vid_1").json["visibility"] == "public"


@pytest.mark.parametrize(
    ("path", "code", "why"),
    [
        ("/videos/vid_2/publish", "not_a_draft", 'the video must be draft; found "public"'),
        (
            "/transcodes/1/retry",
            "still_running",
            'the transcode must be ended-well or ended-badly; found "queued"',
        ),
    ],
)
def test_a_refused_action_has_the_error_that_it_names(
    session: LiveMock, path: str, code: str, why: str
) -> None:
    reply = send(session, "POST", path)
    assert (reply.status, reply.json) == (409, {"code": code})
    assert reply.headers["X-Mock-Violations"] == why


@pytest.mark.parametrize(
    "restart",
    [
        lambda session: send(session, "POST", "/transcodes/2/retry").json,
        lambda session: session.restart(2),
    ],
    ids=["by HTTP", "from Python"],
)
def test_a_restart_sets_the_values_of_its_action(
    session: LiveMock, restart: Callable[[LiveMock], Any]
) -> None:
    session.clock.freeze(True)
    before = send(session, "GET", "/transcodes/2").json
    session.clock.advance(60)
    again = restart(session)
    assert (again["status"], again["failure"], again["log"]) == ("queued", None, [])
    assert again["queued_at"] == before["queued_at"] + 160  # queued 100 s before the session
    session.clock.advance(10)
    done = send(session, "GET", "/transcodes/2").json
    assert (done["status"], done["took_ms"]) == ("finished", 1000)
    assert done["queued_at"] == again["queued_at"]


def test_location_leads_from_a_nested_list_to_the_new_resource(session: LiveMock) -> None:
    created = send(session, "POST", "/channels/cooking/videos", {"title": "Bread"})
    assert (created.status, created.json["channel"]) == (201, "cooking")
    location = created.headers["Location"]
    assert location.endswith(f"/v2/videos/{created.json['id']}")
    assert send(session, "GET", location.partition("/v2")[2]).json == created.json


def test_a_post_without_a_list_creates_what_its_path_names(session: LiveMock) -> None:
    created = send(session, "POST", "/videos/vid_1/transcodes")
    assert (created.status, created.json["id"], created.json["status"]) == (202, 3, "queued")
    assert send(session, "GET", "/transcodes/3").json["video_id"] == "vid_1"


def test_a_key_can_have_a_slash(session: LiveMock) -> None:
    assert send(session, "GET", "/presets/web%2F1080p").json == {"name": "web/1080p"}
    assert send(session, "GET", "/presets/web/1080p").status == 404


@pytest.mark.parametrize(("key", "user"), [(ADA, "usr_ada"), (BOB, "usr_bob")])
def test_a_lookup_without_parameters_returns_the_caller(
    session: LiveMock, key: str, user: str
) -> None:
    assert send(session, "GET", "/me", key=key).json["id"] == user


def test_a_refusal_of_another_caller_says_who_may_do_it(session: LiveMock) -> None:
    reply = send(session, "DELETE", "/channels/cooking", key=BOB)
    assert (reply.status, reply.json) == (403, {"code": "forbidden"})
    why = "must be User/usr_ada; the token belongs to User/usr_bob"
    assert reply.headers["X-Mock-Violations"] == why


def test_a_new_resource_belongs_to_the_caller(session: LiveMock) -> None:
    body = {"slug": "news", "title": "News"}
    assert send(session, "POST", "/channels", body, BOB).json["owner_id"] == "usr_bob"
    assert send(session, "DELETE", "/channels/news").status == 403
    assert send(session, "DELETE", "/channels/news", key=BOB).status == 204


def test_a_control_call_names_the_type_of_an_unknown_key(session: LiveMock) -> None:
    with pytest.raises(Exception, match="transcode_not_found; Transcode not found"):
        session.show("vid_1", "failed")


def test_the_exported_handlers_have_the_errors_of_the_mock(served: LiveMock) -> None:
    errors = {each["id"]: each["errors"] for each in operations(served.mock.context.dataset)}
    assert errors["getVideo"]["404"]["body"] == {"code": "not_found"}
    assert errors["retryTranscode"]["409"]["body"] == {"code": "still_running"}


def test_the_check_has_no_problem_with_it(served: LiveMock) -> None:
    assert inspect(served.mock).problems == ()


@pytest.mark.parametrize(
    ("right", "wrong", "message"),
    [
        ("from: draft", "from: queued", "must be a phase or a status of Video; found queued"),
        ("otherwise: not_a_draft", "otherwise: not_draft", "did you mean not_a_draft?"),
        (
            "x-timeline: { status: visibility }",
            "x-timeline: { status: title }",
            "the property title must say the phase of each status",
        ),
        (
            "started_at: { format: unixtime }",
            "started_at: {}",
            'unixtime-ms); found type: ["integer", "null"], format: "int64"; change its',
        ),
        (
            "parent: { User: owner_id }",
            "not_found: unknown_channel, parent: { User: owner_id }",
            "must be the name of an error example; found unknown_channel; add it to the examples",
        ),
        (
            "User\n    update: { x-resource: {} }",
            "User\n    update: { x-resource: { owner: { id: id } } }",
            "must belong to a type with a parent; found id; add parent: with their type",
        ),
    ],
)
def test_a_mistake_is_explained(tmp_path: Path, right: str, wrong: str, message: str) -> None:
    spec, overlay, _ = written(tmp_path)
    assert OVERLAY.count(right) == 1
    overlay.write_text(OVERLAY.replace(right, wrong), "utf-8")
    with pytest.raises(ContractError) as caught:
        load(spec, [overlay])
    assert message in str(caught.value)
    assert f"{overlay}:" in str(caught.value)
