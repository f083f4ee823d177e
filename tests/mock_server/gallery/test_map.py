"""The map of the state space: what it counts, and the files that it offers."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from mock_server.commands.checking import check_all, check_files
from mock_server.contract.judge import Judge
from mock_server.fixtures.values import Fixtures
from mock_server.gallery.state_map.space import Space
from mock_server.live import live, load_sources
from mock_server.state.dataset import dataset_of
from tests.mock_server.helpers.browsing import asked, look
from tests.mock_server.helpers.copies import FIXTURES, SPEC
from tests.mock_server.helpers.markup import Element

# What the rules of the contract let two processes be, one after the other.
ALLOWED = {
    ("pending", "pending"),
    ("building", "pending"),
    ("failed", "pending"),
    ("successful", "pending"),
    ("successful", "building"),
    ("successful", "successful"),
    ("successful", "failed"),
}


def offered(page: Element) -> list[str]:
    """The addresses of the files to be downloaded."""
    return [a.attributes["href"] for a in page.all("a") if "download" in a.attributes]


@pytest.fixture(scope="module")
def files(resting: str, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """All files that the map offers, under the names that they are offered by."""
    folder = tmp_path_factory.mktemp("offered")
    for href in offered(look(resting, "map")):
        reply = asked(resting, href)
        assert reply.headers["Content-Type"] == "application/yaml"
        name = reply.headers["Content-Disposition"].partition('"')[2].rstrip('"')
        (folder / name).write_bytes(reply.content)
    return sorted(folder.iterdir())


def test_the_allowed_builds_are_those_that_the_rules_allow(
    judge: Judge, fixtures: Fixtures
) -> None:
    whole = Space(judge, dataset_of(judge.spec, fixtures)).planes[0]
    assert {tuple(s.word for s in cell.signs) for cell in whole.allowed} == ALLOWED
    assert len(whole.cells) == len(judge.spec.phases) ** 2
    assert {c.refusal.rule for c in whole.refused if c.refusal} == {"processes-run-in-order"}


def test_a_combination_is_told_with_each_fixture_that_shows_it(
    resting: str, fixtures: Fixtures
) -> None:
    whole = look(resting, "map").one("section", id="whole").all("table")[0]
    told = {
        tuple(s.words for s in row.all(class_="status")): [a.text for a in row.all("a")]
        for row in whole.one("tbody").all("tr", class_="has")
    }
    shown: dict[Any, list[str]] = {}
    for name, fixture in fixtures.releases.items():
        shown.setdefault(both(fixture.release), []).append(name)
    assert told == shown


def both(release: Mapping[str, Any]) -> tuple[str, str]:
    return release["transpilation_display_status"], release["circuit_json_build_display_status"]


def test_each_file_offered_passes_check_alone(files: list[Path]) -> None:
    assert len(files) > 5
    assert check_files(files, SPEC, FIXTURES).violations == ()


def test_a_file_shows_what_its_name_says(files: list[Path], judge: Judge) -> None:
    named = {path.name for path in files}
    assert {"build-successful-pending.yaml", "transpilation-failed-stale-error.yaml"} <= named
    candidates = Space(judge, dataset_of(judge.spec, load_sources(SPEC, FIXTURES)[1])).candidates
    release = candidates["transpilation-failed-stale-error"].release
    assert release["transpilation_display_status"] == "failed"
    assert release["transpilation_is_stale"] is True
    assert release["transpilation_error"]
    assert both(candidates["build-successful-pending"].release) == ("successful", "pending")


def test_with_all_files_put_in_their_folder_no_gap_is_left(
    files: list[Path], tmp_path: Path
) -> None:
    folder = tmp_path / "fixtures"
    shutil.copytree(FIXTURES, folder)
    for file in files:
        shutil.copy(file, folder / "releases")
    assert check_all(SPEC, folder).violations == ()
    with live(*load_sources(SPEC, folder)) as mock:
        assert offered(look(mock.address, "map")) == []


def test_the_sums_are_those_of_the_rows(resting: str) -> None:
    page = look(resting, "map")
    for item in page.one("ul", class_="sums").all("li"):
        section = page.one("section", id=item.one("a").attributes["href"][1:])
        rows = section.all("table")[0].one("tbody").all("tr")
        has = [row for row in rows if row.all("tr", class_="has")]
        assert item.one("a").words == f"{len(has)} of {len(rows)}"
