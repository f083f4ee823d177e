"""The pytest fixture `mock` is a new mock for each test, with the configured spec and fixtures."""

import os
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

from tests.helpers.videos import written
from tests.mock_server.helpers.copies import ROOT, edit, small_fixtures, spec_with
from tests.mock_server.helpers.foreign import library

PLUGIN = "mock_server.pytest_plugin"
HELPERS = """
import json, urllib.error, urllib.request

def get(mock, key):
    body = json.dumps({"package_release_id": key}).encode()
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(mock.url + "/package_releases/get", body, headers)
    with urllib.request.urlopen(request) as response:
        return json.load(response)["package_release"]
"""


def run(folder: Path, test: str, *options: str | Path, passes: bool = True) -> str:
    """Run a file of tests. Return the last line that pytest prints; all if it must not pass."""
    (folder / "test_it.py").write_text(HELPERS + test)
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    installed = any(point.value == PLUGIN for point in entry_points(group="pytest11"))
    plugins = ["-pno:cacheprovider", "-pno:schemathesis", *([] if installed else [f"-p{PLUGIN}"])]
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *plugins, *map(str, options), "test_it.py"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (result.returncode == 0) == passes, result.stdout + result.stderr
    return result.stdout.splitlines()[-1] if passes else result.stdout + result.stderr


def test_each_test_has_a_new_mock_that_it_can_rebuild_releases_of(tmp_path: Path) -> None:
    last = run(
        tmp_path,
        """
def test_a_rebuild(mock):
    assert mock.restart("rel_successful")["display_status"] == "pending"
    assert get(mock, "rel_successful")["display_status"] in ("pending", "building")

def test_the_mock_is_new(mock):
    assert get(mock, "rel_successful")["display_status"] == "successful"

def test_a_release_of_another_user_can_be_rebuilt_from_python(mock):
    assert mock.restart("rel_otheruser_failed")["display_status"] == "pending"

def test_an_unknown_release_is_none(mock):
    assert mock.restart("rel_nobody") is None

def test_the_url_is_that_of_the_api(mock):
    assert mock.url.startswith("http://127.0.0.1:")
    assert mock.url.endswith("/api")
""",
    )
    assert last.startswith("5 passed")


CHANGED = """
def test_the_fixtures(mock):
    assert get(mock, "rel_pending")["license"] == "Apache-2.0"
    assert mock.url.endswith("/v1")
"""


def changed_sources(folder: Path) -> tuple[Path, Path]:
    """Return a spec and fixtures that differ from the shipped ones."""
    fixtures = small_fixtures(folder)
    edit(fixtures / "releases/pending.yaml", "license: MIT", "license: Apache-2.0")
    return spec_with(folder, ("- url: /api\n", "- url: /v1\n")), fixtures


def test_options_select_the_spec_and_the_fixtures(tmp_path: Path) -> None:
    spec, fixtures = changed_sources(tmp_path)
    last = run(tmp_path, CHANGED, "--mock-spec", spec, "--mock-fixtures", fixtures)
    assert last.startswith("1 passed")


def test_the_ini_file_selects_them_relative_to_itself(tmp_path: Path) -> None:
    changed_sources(tmp_path)
    lines = ["[pytest]", "mock_spec = openapi.yaml", "mock_fixtures = fixtures"]
    (tmp_path / "pytest.ini").write_text("\n".join(lines))
    assert run(tmp_path, CHANGED).startswith("1 passed")


PAGE = """
def test_an_overlay(mock):
    request = urllib.request.Request(mock.url + "/me", headers={"X-Api-Key": "bob-key"})
    with urllib.request.urlopen(request) as response:
        assert json.load(response)["id"] == "usr_bob"
    assert mock.restart(2)["status"] == "queued"
"""


def test_an_option_or_the_ini_file_selects_overlays(tmp_path: Path) -> None:
    spec, overlay, fixtures = written(tmp_path)
    options = ("--mock-spec", spec, "--mock-overlay", overlay, "--mock-fixtures", fixtures)
    assert run(tmp_path, PAGE, *options).startswith("1 passed")
    lines = [
        "mock_spec = openapi.yaml",
        "mock_overlay =",
        "  overlay.yaml",
        "mock_fixtures = fixtures",
    ]
    (tmp_path / "pytest.ini").write_text("\n".join(["[pytest]", *lines]))
    assert run(tmp_path, PAGE).startswith("1 passed")


def test_a_mistake_in_the_files_is_reported_without_a_traceback(tmp_path: Path) -> None:
    spec, _, fixtures = written(tmp_path)
    printed = run(tmp_path, PAGE, "--mock-spec", spec, "--mock-fixtures", fixtures, passes=False)
    assert "must name a type of resource; found User" in printed
    assert "Traceback" not in printed
    assert "mock_server/" not in printed


def test_a_test_run_without_the_fixture_does_not_import_the_mock(tmp_path: Path) -> None:
    last = run(
        tmp_path,
        """
def test_the_mock_is_not_imported():
    import sys
    assert "mock_server.app.handle" not in sys.modules
    assert "cel" not in sys.modules
""",
    )
    assert last.startswith("1 passed")


def test_the_option_accepts_any_document(tmp_path: Path) -> None:
    last = run(
        tmp_path,
        """
def test_books(mock):
    with urllib.request.urlopen(mock.url + "/books") as response:
        assert json.load(response)[0]["title"] == "Emma"
""",
        "--mock-spec",
        library(tmp_path),
    )
    assert "1 passed" in last
