"""Hot reload: a valid edit is served at once; an invalid one is reported and not served."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from mock_server.app.handle import respond
from mock_server.app.mock import Mock, mock_of, reloaded
from mock_server.commands.reload import reloader_of
from mock_server.contract.exchange import Request
from mock_server.contract.judge import Judge
from mock_server.fixtures.loading import load as load_fixtures

ROOT = Path(__file__).parents[3]
HEADERS = {"content-type": "application/json", "authorization": "Bearer testuser-token"}
START = 1_750_000_000_000


class Files:
    """A copy of the fixtures, and a mock that reloads them after an edit."""

    def __init__(self, folder: Path, judge: Judge) -> None:
        self.folder, self.judge, self.now = folder, judge, START
        shutil.copytree(ROOT / "fixtures", folder)

        def build(earlier: Mock | None) -> Mock:
            fixtures = load_fixtures(folder, judge)
            if earlier is None:
                return mock_of(judge, fixtures, clock=lambda: self.now)
            return reloaded(earlier, judge, fixtures)

        self.reloader = reloader_of(build)

    def edit(self, name: str, old: str, new: str) -> None:
        path = self.folder / name
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))

    def request(self, path: str, key: str = "rel_successful") -> dict[str, Any]:
        body = json.dumps({"package_release_id": key}).encode()
        response = respond(self.reloader.mock, Request("POST", f"/api/{path}", (), HEADERS, body))
        assert response.status == 200, response.body
        release: dict[str, Any] = json.loads(response.body)["package_release"]
        return release


@pytest.fixture
def files(tmp_path: Path, judge: Judge) -> Files:
    return Files(tmp_path / "fixtures", judge)


def test_an_edit_of_a_fixture_is_served_after_a_reload(files: Files) -> None:
    files.edit("releases/successful.yaml", "license: MIT", "license: Zlib")
    assert files.request("package_releases/get")["license"] == "MIT"
    assert files.reloader.reload()
    assert files.request("package_releases/get")["license"] == "Zlib"


def test_an_invalid_edit_is_reported_and_the_last_valid_version_served(files: Files) -> None:
    """The health contains the location and the value; a valid edit clears it."""
    files.edit("releases/successful.yaml", "display_status: successful", "display_status: ready")
    assert not files.reloader.reload()
    assert files.request("package_releases/get")["display_status"] == "successful"
    problems = files.reloader.mock.health.problems
    assert any(
        '"ready"' in str(problem) and "successful.yaml:" in str(problem) for problem in problems
    )
    files.edit("releases/successful.yaml", "display_status: ready", "display_status: successful")
    assert files.reloader.reload()
    assert files.reloader.mock.health.problems == ()


def test_a_file_that_is_missing_for_a_moment_changes_nothing(files: Files) -> None:
    """Editors write a new file and rename it; in between the file does not exist."""
    (files.folder / "packages.yaml").rename(files.folder / "packages.away")
    assert not files.reloader.reload()
    assert files.request("package_releases/get")["display_status"] == "successful"
    (files.folder / "packages.away").rename(files.folder / "packages.yaml")
    assert files.reloader.reload()


def test_a_session_survives_and_a_playback_keeps_its_version(files: Files) -> None:
    """A running playback continues unchanged; the next one plays the edited scenario."""
    files.request("package_releases/rebuild")
    scenario = json.loads(json.dumps("at: 0.5"))
    files.edit("scenarios/succeeds.yaml", scenario, "at: 0.1")
    assert files.reloader.reload()
    files.now = START + 200
    assert files.request("package_releases/get")["display_status"] == "pending"
    files.now = START + 60_000
    assert files.request("package_releases/get")["display_status"] == "successful"
    files.request("package_releases/rebuild")
    files.now += 200
    assert files.request("package_releases/get")["display_status"] == "building"


def test_a_new_fixture_is_served(files: Files) -> None:
    text = (files.folder / "releases" / "pending.yaml").read_text()
    for old, new in (("rel_pending", "rel_brand_new"), ("version: ", 'version: "77.0.0" # ')):
        text = text.replace(old, new, 1)
    (files.folder / "releases" / "brand-new.yaml").write_text(text)
    assert files.reloader.reload()
    assert files.request("package_releases/get", "rel_brand_new")["version"] == "77.0.0"
