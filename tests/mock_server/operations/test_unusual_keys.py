"""Resources whose keys are texts with any character, numbers, or several properties."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

import pytest

from mock_server.live import LiveMock, live, load_sources
from tests.helpers.requests import Reply, call
from tests.mock_server.helpers.browsing import browse, get_page
from tests.mock_server.helpers.curl_commands import curl_commands, status_of
from tests.mock_server.helpers.unusual_keys import NAMES, unusual_keys

NOTES = {"ada": 1, "a/b": 2, "a~1b": 3, "é ü": 4, "%2F": 5}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveMock]:
    with live(*load_sources(*unusual_keys(tmp_path_factory.mktemp("unusual_keys")))) as mock:
        yield mock


@pytest.fixture
def mock(served: LiveMock) -> LiveMock:
    session = served.session()
    session.clock.freeze()
    return session


def tag(mock: LiveMock, method: str, name: str, body: object = None, below: str = "") -> Reply:
    return call(mock.url, method, f"/tags/{quote(name, safe='')}{below}", body)


def note(mock: LiveMock, method: str, owner: str, number: int, body: object = None) -> Reply:
    return call(mock.url, method, f"/owners/{quote(owner, safe='')}/notes/{number}", body)


@pytest.mark.parametrize("name", NAMES)
def test_a_resource_is_found_by_its_percent_encoded_key(mock: LiveMock, name: str) -> None:
    assert tag(mock, "GET", name).json == {"name": name, "status": "new"}


@pytest.mark.parametrize("name", NAMES)
def test_a_resource_is_replaced_restarted_and_deleted_by_its_key(mock: LiveMock, name: str) -> None:
    body = {"name": name, "label": name, "status": "new"}
    assert tag(mock, "PUT", name, body).json == body
    assert tag(mock, "POST", name, below="/repeat").status == 200
    mock.clock.advance(1)
    assert tag(mock, "GET", name).json == {**body, "status": "old"}
    assert tag(mock, "DELETE", name).status == 204
    assert tag(mock, "GET", name).status == 404
    listed = [each["name"] for each in call(mock.url, "GET", "/tags").json]
    assert sorted(listed) == sorted(each for each in NAMES if each != name)
    assert call(mock.url, "POST", "/tags", body).json == body
    assert call(mock.url, "POST", "/tags", body).status == 409
    assert tag(mock, "GET", name).json == body


@pytest.mark.parametrize("name", NAMES)
def test_the_control_api_takes_the_key_as_it_is(mock: LiveMock, name: str) -> None:
    key = mock.keys["Tag"]
    assert mock.play(name, "ages")["name"] == name
    timeline = mock.request("GET", f"timeline?{key}={quote(name, safe='')}")
    assert (timeline[key], timeline["name"]) == (name, "ages")
    assert mock.show(name, "tag-1") == {"name": name, "status": "new"}


def test_the_pages_link_to_every_key(served: LiveMock) -> None:
    """Each card leads to its resource in the console, and each command finds its resource."""
    page = get_page(served.address)
    consoles = [a.attributes["href"] for a in page.all("a") if a.words == "Open in console"]
    assert len(consoles) == len(NAMES) + len(NOTES)
    keys = set[str]()
    for path in consoles:
        shown = get_page(served.address, path.removeprefix("/_mock/"))
        options = shown.one("select", id="resource").all("option")
        keys |= {o.attributes["value"] for o in options if "selected" in o.attributes}
    assert {*NAMES, "a~1b/2"} <= keys
    statuses = {command: status_of(command) for command in curl_commands(page)}
    assert set(statuses.values()) == {200}, statuses


def test_a_page_of_each_state_has_commands_that_succeed(served: LiveMock) -> None:
    names = [f"tag-{number}" for number in range(len(NAMES))]
    for name in [*names, *(f"note-{number}" for number in NOTES.values())]:
        for command in curl_commands(get_page(served.address, f"states/{name}")):
            assert status_of(command) == 200, command
        assert browse(served.address, f"/_mock/states/{name}.json").status == 200


@pytest.mark.parametrize(("owner", "number"), NOTES.items())
def test_a_key_of_two_properties_finds_one_resource(
    mock: LiveMock, owner: str, number: int
) -> None:
    value = {"owner": owner, "number": number, "status": "open"}
    assert note(mock, "GET", owner, number).json == value
    assert note(mock, "GET", owner, number + 1).status == 404
    path = f"/owners/{quote(owner, safe='')}/notes"
    assert call(mock.url, "GET", path).json == [value]
    assert note(mock, "PATCH", owner, number, {"text": owner}).json == {**value, "text": owner}
    assert note(mock, "DELETE", owner, number).status == 204
    assert call(mock.url, "GET", path).json == []


def test_a_created_resource_gets_the_part_of_the_key_that_the_path_lacks(mock: LiveMock) -> None:
    path = f"/owners/{quote('a/b', safe='')}/notes"
    first = call(mock.url, "POST", path, {"text": "new"}).json
    assert first == {"owner": "a/b", "number": first["number"], "text": "new", "status": "open"}
    assert first["number"] == 6
    assert note(mock, "GET", "a/b", first["number"]).json == first
    again = call(mock.url, "POST", path, {"number": 6})
    assert again.status == 409
    other = call(mock.url, "POST", "/owners/ada/notes", {"number": 6})
    assert other.json["owner"] == "ada"


def test_the_control_api_joins_a_key_of_two_properties(mock: LiveMock) -> None:
    key = mock.keys["Note"]
    assert mock.show("ada/1", "note-2")["owner"] == "ada"
    assert mock.show("a~1b/2", "note-1")["owner"] == "a/b"
    assert mock.show("a~01b/3", "note-1")["owner"] == "a~1b"
    assert mock.request("GET", f"timeline?{key}=a~1b%2F2")["name"] == "note-1"


@pytest.mark.parametrize("name", [*NAMES, "new"])
def test_the_location_of_a_created_resource_leads_to_it(mock: LiveMock, name: str) -> None:
    body = {"name": f"new {name}", "status": "new"}
    location = call(mock.url, "POST", "/tags", body).headers["Location"]
    assert call(mock.address, "GET", location).json == body
    owner = f"/owners/{quote(name, safe='')}/notes"
    made = call(mock.url, "POST", owner, {"text": "new"})
    assert call(mock.address, "GET", made.headers["Location"]).json == made.json
    assert made.json["owner"] == name


def test_the_journal_shows_the_path_as_a_url_that_can_be_sent_again(mock: LiveMock) -> None:
    for name in NAMES:
        tag(mock, "GET", name)
    archive = mock.request("GET", "journal?format=har")
    for name, entry in zip(NAMES, archive["log"]["entries"], strict=True):
        path = entry["request"]["url"].partition(f"/_s/{mock.name}")[2]
        assert call(mock.url, "GET", path).json["name"] == name, path
