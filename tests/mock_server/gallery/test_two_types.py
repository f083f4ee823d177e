"""The gallery of a document with two types of resources, with and without a timeline."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from mock_server.app.mock import mock_of
from mock_server.http.admin_access import admin_access_for
from mock_server.live import live, load_sources
from mock_server.server.in_process import running
from tests.helpers.requests import call, mounted
from tests.mock_server.helpers.browsing import browse, get_page
from tests.mock_server.helpers.clocks import ManualClock
from tests.mock_server.helpers.copies import edit
from tests.mock_server.helpers.curl_commands import curl_commands, status_of
from tests.mock_server.helpers.markup import Element, active_content
from tests.mock_server.helpers.two_types import two_types

PAGES = ["", "states/ada", "states/done", "console", "map", "contract", "operations"]
KEY = {"X-Key": "ada-key"}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return two_types(tmp_path_factory.mktemp("two_types"))


@pytest.fixture(scope="module")
def address(files: tuple[Path, Path]) -> Iterator[str]:
    with mounted(mock_of(*load_sources(*files), clock=ManualClock())) as address:
        yield address


@pytest.fixture(scope="module")
def two_timelines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    files = two_types(tmp_path_factory.mktemp("two_timelines"), second_timeline=True)
    with mounted(mock_of(*load_sources(*files), clock=ManualClock())) as address:
        yield address


def cells(element: Element) -> list[list[str]]:
    """Return the words of each cell of a table, by row."""
    return [
        [each.words for each in row.walk() if each.name in ("th", "td")]
        for row in element.all("tr")
    ]


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_well_formed_and_shows_hostile_text_as_text(address: str, path: str) -> None:
    page = get_page(address, path)
    assert active_content(page) == []
    assert len(page.all("h1")) == 1


def test_the_cards_are_grouped_by_type(address: str) -> None:
    page = get_page(address)
    assert [heading.words for heading in page.all("h2")] == ["Workers 2", "Jobs 3"]
    groups = [
        [card.attributes["id"] for card in group.all("article")]
        for group in page.all("div", class_="cards")
    ]
    assert groups == [["ada", "bob"], ["queued", "running", "done"]]


def test_a_card_without_a_timeline_shows_values_and_no_status(address: str) -> None:
    card = get_page(address).one("article", id="ada")
    assert cells(card.one("table")) == [
        ["name", '"ada"'],
        ["capacity", "3"],
        ["skills", "2 entries"],
        ["hired", "1749988800000 2025-06-15T12:00:00.000Z"],
        ["address", '{"city": "Bern"}'],
    ]
    assert card.all(class_="overall") == card.all("section") == []
    assert "Open in console" not in card.words


def test_a_card_computes_durations_from_numbers(address: str) -> None:
    page = get_page(address)
    headlines = {
        name: page.one("article", id=name).one(class_="headline").words
        for name in ("done", "running", "queued")
    }
    assert headlines == {
        "done": "DONE 1 min 0 s",
        "running": "RUNNING running for 5.0 s",
        "queued": "QUEUED not started",
    }


def test_a_type_with_only_a_status_has_neither_durations_nor_logs(two_timelines: str) -> None:
    card = get_page(two_timelines).one("article", id="bob")
    assert card.one(class_="headline").words == "idle"
    assert card.all("section") == []
    assert cells(card.one("table")) == [["name", '"bob"'], ["capacity", "1"]]


def test_a_filter_selects_the_fixtures_of_a_type(address: str) -> None:
    page = get_page(address, "?type=Worker")
    assert [card.attributes["id"] for card in page.all("article")] == ["ada", "bob"]
    assert [title.text for title in page.all("span", class_="filter-name")] == ["Type"]
    page = get_page(address, "?type=Job&overall=DONE")
    assert [card.attributes["id"] for card in page.all("article")] == ["done"]
    assert "Did you mean Job?" in get_page(address, "?type=Jib", 400).words


def test_the_count_of_a_filter_option_is_its_number_of_cards(two_timelines: str) -> None:
    for option in get_page(two_timelines, "?type=Job").all("a", class_="chip"):
        path = option.attributes["href"].removeprefix("/_mock/")
        cards = get_page(two_timelines, path).all("article")
        assert len(cards) == int(option.one(class_="count").text)


def test_the_json_of_a_state_is_its_resource(address: str) -> None:
    assert browse(address, "/_mock/states/bob.json").json == {"name": "bob", "capacity": 1}


def test_each_curl_command_succeeds(files: tuple[Path, Path]) -> None:
    """Also those of an operation with an API key and a required parameter."""
    with live(*load_sources(*files)) as mock:
        for path in ("", "states/ada", "states/running", "console"):
            commands = curl_commands(get_page(mock.address, path))
            statuses = {command: status_of(command) for command in commands}
            assert statuses == dict.fromkeys(commands, 200)


def test_the_map_has_the_columns_that_the_document_describes(two_timelines: str) -> None:
    page = get_page(two_timelines, "map")
    heads = {
        section.attributes["id"]: [th.text for th in section.all("table")[0].all("th")]
        for section in page.all("section", class_="combinations")
    }
    assert heads == {
        "Worker-overall": ["Status", "Fixtures"],
        "Job-overall": ["Status", "Flags", "Fixtures"],
    }
    titles = [section.one("h2").text for section in page.all("section", class_="combinations")]
    assert titles == ["Worker", "Job"]


def test_the_fixtures_that_the_map_generates_close_its_gaps(tmp_path: Path) -> None:
    spec, fixtures = two_types(tmp_path, second_timeline=True)
    with live(*load_sources(spec, fixtures)) as mock:
        page = get_page(mock.address, "map")
        paths = [a.attributes["href"] for a in page.all("a") if "download" in a.attributes]
        assert paths == ["/_mock/map/worker-busy.yaml", "/_mock/map/job-FAILED-error.yaml"]
        for path, folder in zip(paths, ("workers", "jobs"), strict=True):
            file = fixtures / folder / path.rpartition("/")[2]
            file.write_bytes(browse(mock.address, path).content)
    judge, loaded = load_sources(spec, fixtures)
    failed = loaded.fixtures["job-FAILED-error"].value
    assert failed["problem"] == "Job failed"
    assert failed["endedAt"] > failed["startedAt"]
    with live(judge, loaded) as mock:
        page = get_page(mock.address, "map")
        assert [a for a in page.all("a") if "download" in a.attributes] == []


def test_a_generated_fixture_can_use_the_properties_of_another_state(tmp_path: Path) -> None:
    """A rule allows the missing state only for the worker of another fixture than the first."""
    spec, fixtures = two_types(tmp_path, restarts=False)
    rule, condition = "(self.problem != null)", "(self.state != 'QUEUED' || self.worker == 'bob')"
    edit(spec, rule, f"{condition} && {rule}")
    (fixtures / "jobs" / "queued.yaml").unlink()
    with live(*load_sources(spec, fixtures)) as mock:
        made = browse(mock.address, "/_mock/map/job-QUEUED.yaml").content.decode()
    assert "worker: bob" in made


def test_the_console_selects_a_resource_by_the_key_of_its_type(two_timelines: str) -> None:
    page = get_page(two_timelines, "console?worker_name=bob")
    select = page.one("select", id="resource")
    assert select.attributes["name"] == "worker_name"
    chosen = [o.attributes["value"] for o in select.all("option") if "selected" in o.attributes]
    assert chosen == ["bob"]
    names = [group.attributes["data-name"] for group in select.all("optgroup")]
    assert names == ["worker_name", "id"]
    assert "Unknown job 6" in get_page(two_timelines, "console?id=6", 404).words


def test_the_console_has_only_the_forms_that_a_type_needs(two_timelines: str) -> None:
    def forms(path: str) -> set[str]:
        page = get_page(two_timelines, path)
        return {form.attributes.get("aria-label", "") for form in page.all("form")}

    own = {"Retry", "Set next retry", "Play scenario"}
    assert own <= forms("console?id=7")
    assert not own & forms("console?worker_name=bob")
    assert "Show fixture" in forms("console?worker_name=bob")


def test_the_panel_draws_one_track_for_a_resource_without_processes(address: str) -> None:
    session = f"{address}/_s/track"
    assert call(session, "POST", "/v2/jobs/7/retry", headers=KEY).status == 200
    panel = get_page(session, "console/resource?id=7").one("div", class_="current")
    (track,) = panel.all("div", class_="track")
    assert track.one(class_="track-name").text == "Status"
    assert [item.words for item in track.all("li")] == [
        "QUEUED from 0 s",
        "RUNNING from 2 s",
        "DONE from 10 s",
    ]
    assert panel.one(class_="headline").words == "QUEUED not started"
    actions = json.loads(panel.attributes["data-actions"])
    assert json.loads(actions["retryJob"])["headers"] == {"x-key": "ada-key"}


def test_the_console_has_what_a_session_created(address: str) -> None:
    session = f"{address}/_s/created"
    job = call(session, "POST", "/v2/jobs", {"worker": "bob"}, KEY).json
    page = get_page(session, f"console?id={job['id']}")
    options = [
        option.attributes["value"] for option in page.one("select", id="resource").all("option")
    ]
    assert options == ["7", "9", "8", str(job["id"])]
    panel = get_page(session, f"console/resource?id={job['id']}")
    assert "Playing scenario works" in panel.one(class_="playing").words


def test_the_console_hides_what_a_session_created_without_the_admin_token(
    files: tuple[Path, Path],
) -> None:
    access = admin_access_for("127.0.0.1", [], "open-sesame")
    mock = replace(mock_of(*load_sources(*files), clock=ManualClock()), admin_access=access)
    with running(mock) as address:
        job = call(address, "POST", "/v2/jobs", {"worker": "bob"}, KEY).json
        get_page(address, f"console?id={job['id']}", 404)
        bearer = {"authorization": "Bearer open-sesame"}
        get_page(address, f"console?id={job['id']}", headers=bearer)


def test_a_resource_of_a_list_plays_no_scenario(tmp_path: Path) -> None:
    spec, fixtures = two_types(tmp_path, restarts=False)
    listed = "jobs: [{ id: 20, worker: ada, state: QUEUED, startedAt: null }]\n"
    (fixtures / "jobs.yaml").write_text(listed, "utf-8")
    with live(*load_sources(spec, fixtures)) as mock:
        panel = get_page(mock.address, "console/resource?id=20")
        assert panel.one(class_="playing").words == "Playing no scenario"
        assert panel.one(class_="headline").words == "QUEUED not started"


def test_the_api_reference_lists_the_statuses_of_each_type(two_timelines: str) -> None:
    section = get_page(two_timelines, "contract").one("section", id="statuses")
    assert [heading.text for heading in section.all("h3")] == ["Worker", "Job"]
    (table,) = section.all("table")
    assert cells(table) == [
        ["Role", "Property"],
        ["Status", "state"],
        ["Started at", "startedAt"],
        ["Completed at", "endedAt"],
        ["Error", "problem"],
    ]


def test_operations_without_a_resource_are_in_the_navigation(address: str) -> None:
    links = [link.text for link in get_page(address).one("nav").all("a")]
    assert links == ["States", "Your page", "Console", "State map", "Operations", "API reference"]


def test_without_fixtures_the_gallery_lists_the_operations(tmp_path: Path) -> None:
    spec, fixtures = two_types(tmp_path, restarts=False)
    shutil.rmtree(fixtures)
    with live(*load_sources(spec)) as mock:
        assert "operations" in get_page(mock.address).one("h1").words
        assert "There is no job" in get_page(mock.address, "console", 404).words
        assert "No fixture shows jobs." in get_page(mock.address, "map").words
        assert "Unknown fixture done" in get_page(mock.address, "states/done", 404).words


def test_without_timelines_a_state_can_be_shown_and_there_is_no_console(tmp_path: Path) -> None:
    spec, fixtures = two_types(tmp_path, restarts=False)
    shutil.rmtree(fixtures / "jobs")
    text = spec.read_text("utf-8")
    timeline = text[text.index("      x-timeline:") : text.index("      x-invariants:")]
    edit(spec, timeline, "")
    with live(*load_sources(spec, fixtures)) as mock:
        links = [link.text for link in get_page(mock.address).one("nav").all("a")]
        assert links == ["States", "Your page", "Operations", "API reference"]
        commands = curl_commands(get_page(mock.address, "states/ada"))
        assert [status_of(command) for command in commands] == [200, 200]
        assert '"fixture": "ada"' in commands[1]
        assert "No states in this document" in get_page(mock.address, "console", 404).words
