"""The mock and the server of the deployments API behave the same, request by request."""

from collections.abc import Iterator

import pytest

from tests.helpers.deployments import (
    AURORA,
    BOREALIS,
    BUILDING,
    ENDED,
    Api,
    error,
    mocked,
    served,
)

SHOP = "/projects/prj_shop"
LIST = f"{SHOP}/deployments"
KEEPS = ("id", "projectId", "target", "branch", "url", "createdAt")


@pytest.fixture(params=[mocked, served], ids=["mock", "server"])
def api(request: pytest.FixtureRequest) -> Iterator[Api]:
    with request.param() as api:
        yield api


def test_the_api_key_decides_the_team(api: Api) -> None:
    assert api.get("/team")["id"] == "team_aurora"
    assert api.get("/team", BOREALIS)["id"] == "team_borealis"
    assert error(api.call("GET", "/team", key=None)) == (401, "unauthorized")
    assert error(api.call("GET", "/team", key="unknown")) == (401, "unauthorized")


def test_a_new_deployment_is_queued_then_built_then_ready(api: Api) -> None:
    created = api.deploy("new-checkout", commit="0" * 40)
    path = f"/deployments/{created['id']}"
    assert (created["state"], created["target"], created["log"]) == ("QUEUED", "preview", [])
    assert created["commit"] == "0" * 40
    assert not created.keys() & {"buildingAt", "readyAt", "errorCode", "errorMessage"}
    assert api.get(path) == created
    api.advance(BUILDING)
    building = api.get(path)
    assert building["state"] == "BUILDING"
    assert building["buildingAt"] > created["createdAt"]
    assert "readyAt" not in building
    api.advance(ENDED)
    ready = api.get(path)
    assert (ready["state"], ready["buildingAt"]) == ("READY", building["buildingAt"])
    assert ready["readyAt"] > ready["buildingAt"]
    assert ready["log"][: len(building["log"])] == building["log"]
    assert {name: ready[name] for name in KEEPS} == {name: created[name] for name in KEEPS}


def test_a_build_can_fail(api: Api) -> None:
    created = api.deploy("broken-types")
    api.advance(ENDED)
    failed = api.get(f"/deployments/{created['id']}")
    assert (failed["state"], failed["errorCode"]) == ("ERROR", "build_failed")
    assert failed["errorMessage"]
    assert failed["readyAt"] >= failed["log"][-1]["at"]


def test_a_deployment_that_is_canceled_in_the_queue_is_never_built(api: Api) -> None:
    identifier = api.deploy()["id"]
    reply = api.post(identifier, "cancel")
    assert (reply.status, reply.json["state"]) == (200, "CANCELED")
    assert "readyAt" in reply.json
    assert "buildingAt" not in reply.json
    api.advance(ENDED)
    assert api.get(f"/deployments/{identifier}") == reply.json


def test_a_deployment_that_is_canceled_while_it_is_built_keeps_its_log(api: Api) -> None:
    identifier = api.deploy()["id"]
    api.advance(BUILDING)
    before = api.get(f"/deployments/{identifier}")
    canceled = api.post(identifier, "cancel").json
    assert canceled["state"] == "CANCELED"
    assert (canceled["buildingAt"], canceled["log"]) == (before["buildingAt"], before["log"])
    api.advance(ENDED)
    assert api.get(f"/deployments/{identifier}") == canceled
    assert api.get(f"{LIST}?state=CANCELED")["deployments"][0] == canceled


def test_a_deployment_that_has_ended_cannot_be_canceled(api: Api) -> None:
    identifier = api.deploy()["id"]
    api.advance(ENDED)
    ready = api.get(f"/deployments/{identifier}")
    assert error(api.post(identifier, "cancel")) == (409, "not_cancelable")
    assert api.get(f"/deployments/{identifier}") == ready


@pytest.mark.parametrize("seconds", [0.0, BUILDING, ENDED])
def test_a_deployment_can_be_built_again_at_any_time(api: Api, seconds: float) -> None:
    created = api.deploy()
    path = f"/deployments/{created['id']}"
    api.advance(seconds)
    earlier = api.get(path)
    api.advance(0.5)
    reply = api.post(created["id"], "redeploy")
    assert (reply.status, reply.json) == (202, created)
    api.advance(BUILDING)
    building = api.get(path)
    assert building["state"] == "BUILDING"
    assert building["buildingAt"] != earlier.get("buildingAt")
    api.advance(ENDED)
    assert api.get(path)["state"] == "READY"


def test_a_canceled_deployment_can_be_built_again(api: Api) -> None:
    identifier = api.deploy()["id"]
    api.post(identifier, "cancel")
    assert api.post(identifier, "redeploy").json["state"] == "QUEUED"
    api.advance(ENDED)
    assert api.get(f"/deployments/{identifier}")["state"] == "READY"


def test_a_list_has_the_newest_deployments_first(api: Api) -> None:
    created = []
    for _ in range(3):
        api.advance(1)
        created.append(api.deploy()["id"])
    assert [each["id"] for each in api.get(LIST)["deployments"]][:3] == created[::-1]


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
def test_the_pages_contain_each_deployment_once(api: Api, limit: int) -> None:
    for _ in range(3):
        api.advance(1)
        api.deploy()
    complete = api.get(f"{LIST}?limit=100")["deployments"]
    pages = list(api.pages(f"{LIST}?limit={limit}", "deployments"))
    assert [each for page in pages for each in page] == complete
    assert all(len(page) == limit for page in pages[:-1])


def test_a_cursor_stays_valid_when_a_deployment_is_added(api: Api) -> None:
    before = api.get(f"{LIST}?limit=100")["deployments"]
    first = api.get(f"{LIST}?limit=2")
    api.advance(1)
    api.deploy()
    second = api.get(f"{LIST}?limit=2&cursor={first['pagination']['next']}")
    assert [*first["deployments"], *second["deployments"]] == before[:4]


def test_a_list_can_be_filtered(api: Api) -> None:
    production = api.deploy(target="production")["id"]
    preview = api.deploy()["id"]
    everything = api.get(f"{LIST}?limit=100")["deployments"]
    for query, expected in (
        ("state=QUEUED", {"state": "QUEUED"}),
        ("state=READY", {"state": "READY"}),
        ("target=production", {"target": "production"}),
        ("target=preview&state=QUEUED", {"target": "preview", "state": "QUEUED"}),
    ):
        found = api.get(f"{LIST}?{query}&limit=100")["deployments"]
        assert found
        assert found == [each for each in everything if expected.items() <= each.items()]
        pages = api.pages(f"{LIST}?{query}&limit=1", "deployments")
        assert [each for page in pages for each in page] == found
    queued = [each["id"] for each in api.get(f"{LIST}?state=QUEUED")["deployments"]]
    assert {production, preview} <= set(queued)


def test_a_filter_follows_the_state(api: Api) -> None:
    identifier = api.deploy()["id"]
    for state, seconds in (("QUEUED", BUILDING), ("BUILDING", ENDED), ("READY", 0)):
        listed = api.get(f"{LIST}?state={state}&limit=100")["deployments"]
        assert identifier in [each["id"] for each in listed]
        api.advance(seconds)
    assert identifier not in [
        each["id"] for each in api.get(f"{LIST}?state=BUILDING&limit=100")["deployments"]
    ]


def test_a_project_is_created_changed_and_deleted(api: Api) -> None:
    path = "/teams/team_aurora/projects"
    reply = api.call("POST", path, {"name": "blog", "framework": "astro"})
    assert reply.status == 201
    project = reply.json
    own = f"/projects/{project['id']}"
    assert api.get(own) == project
    assert project in api.get(f"{path}?limit=100")["projects"]
    assert api.get(f"{own}/deployments") == {
        "deployments": [],
        "pagination": {"next": None, "count": 0},
    }
    api.advance(1)
    changed = api.call("PATCH", own, {"name": "news", "framework": None})
    assert changed.status == 200
    assert changed.json == {
        **project,
        "name": "news",
        "framework": None,
        "updatedAt": project["updatedAt"] + 1000,
    }
    assert api.get(own) == changed.json
    identifier = api.deploy(project=project["id"])["id"]
    assert api.call("DELETE", own).status == 204
    assert error(api.call("GET", own)) == (404, "project_not_found")
    assert error(api.call("DELETE", own)) == (404, "project_not_found")
    assert error(api.call("GET", f"{own}/deployments")) == (404, "project_not_found")
    assert error(api.call("GET", f"/deployments/{identifier}")) == (404, "deployment_not_found")
    assert project["id"] not in [each["id"] for each in api.get(f"{path}?limit=100")["projects"]]


def test_projects_are_listed_by_name_one_page_at_a_time(api: Api) -> None:
    path = "/teams/team_aurora/projects"
    for name in ("aaa", "zzz", "mmm"):
        assert api.call("POST", path, {"name": name}).status == 201
    names = [each["name"] for page in api.pages(f"{path}?limit=2", "projects") for each in page]
    assert names == sorted(names)
    assert {"aaa", "docs", "mmm", "shop", "zzz"} <= set(names)
    other = api.get("/teams/team_borealis/projects")["projects"]
    assert {each["teamId"] for each in other} == {"team_borealis"}


def test_a_name_is_unique_in_its_team(api: Api) -> None:
    path = "/teams/team_aurora/projects"
    assert error(api.call("POST", path, {"name": "shop"})) == (409, "name_taken")
    assert error(api.call("PATCH", SHOP, {"name": "docs"})) == (409, "name_taken")
    assert api.call("PATCH", SHOP, {"name": "shop"}).status == 200
    other = api.call("POST", "/teams/team_borealis/projects", {"name": "shop"}, BOREALIS)
    assert other.status == 201


def test_only_the_team_of_a_project_can_change_it(api: Api) -> None:
    identifier = api.deploy()["id"]
    forbidden = (403, "forbidden")
    for method, path, body in (
        ("POST", "/teams/team_aurora/projects", {"name": "new"}),
        ("PATCH", SHOP, {"name": "mine"}),
        ("DELETE", SHOP, None),
        ("POST", LIST, {"branch": "main"}),
        ("POST", f"/deployments/{identifier}/cancel", None),
        ("POST", f"/deployments/{identifier}/redeploy", None),
    ):
        before = api.get(SHOP), api.get(LIST)
        assert error(api.call(method, path, body, BOREALIS)) == forbidden
        assert error(api.call(method, path, body, None)) == (401, "unauthorized")
        assert (api.get(SHOP), api.get(LIST)) == before
    assert api.get(f"/deployments/{identifier}", BOREALIS) == api.get(f"/deployments/{identifier}")


@pytest.mark.parametrize(
    ("method", "path", "body", "expected"),
    [
        ("GET", "/teams/unknown/projects", None, (404, "team_not_found")),
        ("POST", "/teams/unknown/projects", {"name": "new"}, (404, "team_not_found")),
        ("GET", "/projects/unknown", None, (404, "project_not_found")),
        ("PATCH", "/projects/unknown", {"name": "new"}, (404, "project_not_found")),
        ("DELETE", "/projects/unknown", None, (404, "project_not_found")),
        ("GET", "/projects/unknown/deployments", None, (404, "project_not_found")),
        ("POST", "/projects/unknown/deployments", {"branch": "a"}, (404, "project_not_found")),
        ("GET", "/deployments/unknown", None, (404, "deployment_not_found")),
        ("POST", "/deployments/unknown/cancel", None, (404, "deployment_not_found")),
        ("POST", "/deployments/unknown/redeploy", None, (404, "deployment_not_found")),
        ("GET", "/deployments/unknown/events", None, (404, "deployment_not_found")),
        ("GET", f"{LIST}?state=DONE", None, (400, "bad_request")),
        ("GET", f"{LIST}?state=READY&state=ERROR", None, (400, "bad_request")),
        ("GET", f"{LIST}?limit=0", None, (400, "bad_request")),
        ("GET", f"{LIST}?limit=101", None, (400, "bad_request")),
        ("GET", f"{LIST}?limit=ten", None, (400, "bad_request")),
        ("GET", f"{LIST}?cursor=!", None, (400, "bad_request")),
        ("GET", f"{LIST}?cursor=", None, (400, "bad_request")),
        ("GET", "/teams/team_aurora/projects?cursor=", None, (400, "bad_request")),
        ("POST", LIST, {}, (400, "bad_request")),
        ("POST", LIST, {"branch": ""}, (400, "bad_request")),
        ("POST", LIST, {"branch": "main", "target": "staging"}, (400, "bad_request")),
        ("POST", LIST, {"branch": "main", "commit": "short"}, (400, "bad_request")),
        ("POST", LIST, b"{", (400, "bad_request")),
        ("POST", "/teams/team_aurora/projects", {"name": "Not Valid"}, (400, "bad_request")),
        ("PATCH", SHOP, {}, (400, "bad_request")),
        ("PATCH", SHOP, {"framework": "unknown"}, (400, "bad_request")),
        ("GET", "/unknown", None, (404, "not_found")),
        ("DELETE", "/team", None, (405, "method_not_allowed")),
    ],
)
def test_an_error_has_its_status_and_code(
    api: Api, method: str, path: str, body: object, expected: tuple[int, str]
) -> None:
    headers = {"Content-Type": "application/json"}
    assert error(api.call(method, path, body, AURORA, headers)) == expected
