"""The gallery of a document in which two types of resources have a timeline and scenarios."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from mock_server.app.mock import mock_of
from mock_server.live import live, load_sources
from tests.helpers.observatory import SPEC, key
from tests.helpers.requests import call, mounted
from tests.mock_server.helpers.browsing import browse, get_page
from tests.mock_server.helpers.clocks import ManualClock
from tests.mock_server.helpers.curl_commands import curl_commands, status_of
from tests.mock_server.helpers.markup import active_content

PAGES = ("", "states/ready", "states/clouds", "console?number=7", "console?id=exp_2", "map")


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with mounted(mock_of(*load_sources(SPEC), clock=ManualClock())) as address:
        yield address


def test_each_type_has_its_cards_and_its_filter(address: str) -> None:
    page = get_page(address)
    assert [each.words for each in page.all("h2")] == ["Telescopes 3", "Exposures 3"]
    headlines = {
        card.attributes["id"]: card.one(class_="headline").words for card in page.all("article")
    }
    assert headlines["ready"] == "ready 1 min 30 s"
    assert headlines["clouds"] == "failed 10.0 s"
    page = get_page(address, "?type=Exposure&overall=saved")
    assert [card.attributes["id"] for card in page.all("article")] == ["saved"]


@pytest.mark.parametrize(
    ("query", "actions", "scenarios"),
    [
        ("number=7", {"Restart"}, ["calibrates", "jams"]),
        ("id=exp_1", {"Repeat", "Abort"}, ["exposes", "clouded"]),
    ],
)
def test_the_console_offers_what_the_type_has(
    address: str, query: str, actions: set[str], scenarios: list[str]
) -> None:
    page = get_page(address, f"console?{query}")
    labels = {form.attributes.get("aria-label", "") for form in page.all("form")}
    assert actions <= labels
    assert not labels & ({"Restart", "Repeat", "Abort"} - actions)
    (form,) = (f for f in page.all("form") if f.attributes.get("aria-label") == "Play scenario")
    assert [option.text for option in form.all("option")] == scenarios


def test_the_panel_follows_the_timeline_of_each_type(address: str) -> None:
    session = f"{address}/_s/panel"
    for path in ("telescopes/1/calibrations", "exposures/exp_1/repeat"):
        assert call(session, "POST", f"/v1/{path}", headers=key()).status == 202
    tracks = {
        query: [item.words for item in get_page(session, f"console/resource?{query}").all("li")]
        for query in ("number=1", "id=exp_1")
    }
    assert tracks == {
        "number=1": ["parked from 0 s", "moving from 2 s", "ready from 5 s"],
        "id=exp_1": ["queued from 0 s", "exposing from 1 s", "saved from 4 s"],
    }


def test_the_reference_lists_the_statuses_of_both_types(address: str) -> None:
    words = get_page(address, "contract").one("section", id="statuses").words
    assert "mode is the status." in words
    assert "status and conclusion are the status: the last one that is not null." in words


def test_the_fixtures_that_the_map_generates_close_the_gaps_of_both_types(tmp_path: Path) -> None:
    spec = Path(shutil.copytree(SPEC.parent, tmp_path / "copy")) / SPEC.name
    with live(*load_sources(spec)) as mock:
        page = get_page(mock.address, "map")
        paths = [a.attributes["href"] for a in page.all("a") if "download" in a.attributes]
        for path in paths:
            name = path.rpartition("/")[2]
            folder = spec.parent / "fixtures" / f"{name.partition('-')[0]}s"
            (folder / name).write_bytes(browse(mock.address, path).content)
    names = ["telescope-moving", "exposure-exposing", "exposure-aborted"]
    assert [Path(path).stem for path in paths] == names
    with live(*load_sources(spec)) as mock:
        assert "4 of 4 covered" in get_page(mock.address, "map").words
        assert mock.show(1, "telescope-moving")["mode"] == "moving"
        assert mock.show("exp_1", "exposure-aborted")["conclusion"] == "aborted"


@pytest.mark.parametrize("path", PAGES)
def test_each_curl_command_of_a_page_succeeds(path: str) -> None:
    with live(*load_sources(SPEC)) as mock:
        page = get_page(mock.address, path)
        assert active_content(page) == []
        statuses = {command: status_of(command) for command in curl_commands(page)}
    # An exposure that has ended cannot be aborted
    refused = [each for each, status in statuses.items() if status not in (200, 202)]
    assert all("/abort" in each for each in refused)


def test_the_json_of_a_state_is_its_resource(address: str) -> None:
    saved = browse(address, "/_mock/states/saved.json").json
    assert (saved["id"], saved["conclusion"]) == ("exp_2", "saved")
    broken = json.loads(browse(address, "/_mock/states/broken.json").content)
    assert (broken["number"], broken["mode"]) == (7, "broken")
