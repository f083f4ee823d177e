"""A test that takes `mock` has a live mock of its own, of the spec and fixtures it asks for."""

import os
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

from tests.mock_server.helpers.copies import ROOT, edit, small_fixtures, spec_with

PLUGIN = "mock_server.pytest_plugin"
ASKING = """
import json, urllib.error, urllib.request

def ask(mock, key):
    body = json.dumps({"package_release_id": key}).encode()
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(mock.url + "/package_releases/get", body, headers)
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)["package_release"]
"""


def run(folder: Path, test: str, *options: str | Path) -> str:
    """The last line that pytest tells of one file of tests; all tests in it must pass."""
    (folder / "test_it.py").write_text(ASKING + test)
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    known = any(point.value == PLUGIN for point in entry_points(group="pytest11"))
    plugins = ["-pno:cacheprovider", "-pno:schemathesis", *([] if known else [f"-p{PLUGIN}"])]
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *plugins, *map(str, options), "test_it.py"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout.splitlines()[-1]


def test_a_test_has_a_mock_that_answers_rebuilds_and_begins_anew_each_time(tmp_path: Path) -> None:
    last = run(
        tmp_path,
        """
def test_a_rebuild(mock):
    assert mock.rebuild("rel_successful")["display_status"] == "pending"
    assert ask(mock, "rel_successful")["display_status"] in ("pending", "building")

def test_each_begins_anew(mock):
    assert ask(mock, "rel_successful")["display_status"] == "successful"

def test_what_is_another_users_can_be_rebuilt_from_python(mock):
    assert mock.rebuild("rel_otheruser_failed")["display_status"] == "pending"

def test_there_is_no_such_release(mock):
    assert mock.rebuild("rel_nobody") is None

def test_the_url_is_that_of_the_api(mock):
    assert mock.url.startswith("http://127.0.0.1:")
    assert mock.url.endswith("/api")
""",
    )
    assert last.startswith("5 passed")


LATEST = """
def test_the_fixtures(mock):
    assert ask(mock, "rel_pending")["license"] == "Apache-2.0"
    assert mock.url.endswith("/v1")
"""


def other(folder: Path) -> tuple[Path, Path]:
    """A spec and fixtures that differ from those shipped."""
    fixtures = small_fixtures(folder)
    edit(fixtures / "releases/pending.yaml", "license: MIT", "license: Apache-2.0")
    return spec_with(folder, ("- url: /api\n", "- url: /v1\n")), fixtures


def test_options_name_another_spec_and_other_fixtures(tmp_path: Path) -> None:
    spec, fixtures = other(tmp_path)
    last = run(tmp_path, LATEST, "--mock-spec", spec, "--mock-fixtures", fixtures)
    assert last.startswith("1 passed")


def test_the_ini_file_names_them_from_where_it_is(tmp_path: Path) -> None:
    other(tmp_path)
    lines = ["[pytest]", "mock_spec = openapi.yaml", "mock_fixtures = fixtures"]
    (tmp_path / "pytest.ini").write_text("\n".join(lines))
    assert run(tmp_path, LATEST).startswith("1 passed")


def test_a_test_run_that_takes_no_mock_imports_nothing_of_it(tmp_path: Path) -> None:
    last = run(
        tmp_path,
        """
def test_nothing_of_it():
    import sys
    assert "mock_server.app.handle" not in sys.modules
    assert "cel" not in sys.modules
""",
    )
    assert last.startswith("1 passed")
