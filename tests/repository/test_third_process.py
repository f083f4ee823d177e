"""A third build process needs only files: every part shows it without a change in Python."""

from __future__ import annotations

import json
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mock_server.app.handle import respond
from mock_server.app.mock import mock_of
from mock_server.commands.checking import check_all, check_files
from mock_server.contract.exchange import Request
from mock_server.live import live, load_sources
from tests.helpers.contract_runs import contract_run
from tests.helpers.requests import call
from tests.helpers.shipped import shipped_sources
from tests.mock_server.helpers.browsing import browse, get_page
from tests.repository.third_process import PREFIX, SCENARIO, write

TITLE = "Image generation"
START = 1_750_000_000_000
JSON = {"content-type": "application/json", "authorization": "Bearer testuser-token"}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return write(tmp_path_factory.mktemp("third_process"))


def test_check_accepts_a_third_process(files: tuple[Path, Path]) -> None:
    result = check_all(*files)
    assert result.violations == ()


def test_check_applies_the_rules_of_processes_to_the_third(tmp_path: Path) -> None:
    """A step that starts the third process before the second has ended is an error."""
    spec, fixtures = write(tmp_path)
    steps = SCENARIO.replace(
        "{ at: 0.6, circuit_json_build_display_status: building }",
        f"{{ at: 0.6, {PREFIX}_display_status: building }}",
    )
    (fixtures / "scenarios" / "succeeds.yaml").write_text(steps)
    violations = check_all(spec, fixtures).violations
    assert "processes-run-in-order" in {violation.rule for violation in violations}
    assert any(f"{PREFIX}_started_at" in violation.pointer for violation in violations)


def test_a_rebuild_runs_the_third_process(files: tuple[Path, Path]) -> None:
    """It waits, runs and ends as the clock advances, with timestamps, a log and a duration."""
    judge, fixtures = load_sources(*files)
    now = START
    mock = mock_of(judge, fixtures, clock=lambda: now)

    def call(path: str) -> dict[str, Any]:
        body = json.dumps({"package_release_id": "rel_pending"}).encode()
        response = respond(mock, Request("POST", path, (), JSON, body))
        assert response.status == 200, response.body
        release: dict[str, Any] = json.loads(response.body)["package_release"]
        return release

    call("/api/package_releases/rebuild")
    states = []
    for elapsed in (0, 1000, 1200, 1400):
        now = START + elapsed
        release = call("/api/package_releases/get")
        states.append((release[f"{PREFIX}_display_status"], release[f"{PREFIX}_in_progress"]))
    assert states == [
        ("pending", False),
        ("building", True),
        ("building", True),
        ("successful", False),
    ]
    assert release[f"{PREFIX}_logs"] == [{"msg": "Rendering the top layer"}]
    assert release["total_build_duration_ms"] == 1200


@pytest.fixture(scope="module")
def address(files: tuple[Path, Path]) -> Iterator[str]:
    with live(*load_sources(*files)) as mock:
        yield mock.url


def run(address: str, spec: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    options = ("--token", "testuser-token", "--package", "testuser/my-test-board")
    return contract_run(address, *options, "--spec", str(spec), *arguments)


def test_the_contract_run_passes_with_a_third_process(
    files: tuple[Path, Path], address: str
) -> None:
    result = run(address, files[0], "--max-examples", "3")
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_contract_run_reports_a_server_without_the_third_process(
    files: tuple[Path, Path], tmp_path: Path
) -> None:
    """A server with two processes violates the contract with three."""
    with live(*shipped_sources()) as plain:
        result = run(plain.url, files[0], "-k", "examples", "--findings", str(tmp_path))
    assert result.returncode == 1, result.stdout + result.stderr
    assert f"{PREFIX}_display_status is required" in result.stdout


def test_the_page_at_the_root_lists_the_fixture(address: str) -> None:
    page = urllib.request.Request(
        address.removesuffix("/api") + "/", headers={"accept": "text/html"}
    )
    with urllib.request.urlopen(page, timeout=30) as response:
        assert "Nothing is built yet" in response.read().decode()


def test_the_gallery_shows_the_third_process_and_filters_by_its_status(address: str) -> None:
    base = address.removesuffix("/api")
    page = get_page(base)
    titles = [s.one(class_="process-name").text for s in page.all("section", class_="process")]
    assert titles == ["Transpilation", "Circuit json build", TITLE]
    assert len(get_page(base, f"?{PREFIX}=pending").all("article")) == 1
    assert get_page(base, f"?{PREFIX}=failed").all("article") == []
    assert f"{PREFIX}_is_stale" in get_page(base, "contract").one("section", id="statuses").words


def test_the_map_has_the_states_of_the_third_process_and_a_valid_file_for_each(
    address: str, files: tuple[Path, Path], tmp_path: Path
) -> None:
    base = address.removesuffix("/api")
    page = get_page(base, "map")
    overall = page.one("section", id="overall").all("table")[0]
    heads = [th.text for th in overall.all("th")]
    assert heads[:3] == ["Transpilation", "Circuit json build", TITLE]
    table = page.one("section", id=PREFIX)
    hrefs = [a.attributes["href"] for a in table.all("a") if "download" in a.attributes]
    assert f"/_mock/map/{PREFIX.replace('_', '-')}-failed-error.yaml" in hrefs
    paths = []
    (tmp_path / "releases").mkdir()
    for href in hrefs:
        paths.append(tmp_path / "releases" / href.rpartition("/")[2])
        paths[-1].write_bytes(browse(base, href).content)
    assert check_files(paths, *files).violations == ()


def test_the_console_shows_the_track_of_the_third_process(address: str) -> None:
    base = address.removesuffix("/api") + "/_s/console"
    play = {"package_release_id": "rel_pending", "scenario": "succeeds"}
    assert call(base, "POST", "/_mock/play", play).status == 200
    tracks = get_page(base, "console/resource").all("div", class_="track")
    assert tracks[-1].one(class_="track-name").text == TITLE
    assert [li.words for li in tracks[-1].all("li")] == [
        "pending from 0 s",
        "building from 1 s",
        "successful from 1.4 s",
    ]
    assert len(tracks[-1].all("path", class_="tick")) == 1
