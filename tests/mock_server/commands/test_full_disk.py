"""A command that cannot write its files has one line about it, code 2, and changes nothing."""

import shutil
from pathlib import Path

import pytest

from mock_server.cli import main
from mock_server.live import live, load_sources
from tests.helpers.disks import full_disk
from tests.helpers.recordings import entry, har
from tests.helpers.requests import call
from tests.mock_server.helpers.copies import SPEC

PETS = """
openapi: 3.1.0
info: {title: Pets, version: "1"}
paths:
  /pets/{id}:
    get:
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses:
        "200":
          description: A pet
          content: {application/json: {schema: {$ref: "#/components/schemas/Pet"}}}
components:
  schemas:
    Pet: {type: object, required: [id], properties: {id: {type: string}, name: {type: string}}}
"""
COMMANDS = {
    "export": ("export", "--format", "json", "--out", "out"),
    "init": ("init", "--spec", "pets.yaml", "--output", "out"),
    "record": ("record", "traffic.har", "--fixtures", "fixtures"),
}


def files(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the current folder, with the sources of each command."""
    (tmp_path / "pets.yaml").write_text(PETS, "utf-8")
    shutil.copytree(SPEC.parent / "fixtures", tmp_path / "fixtures")
    with live(*load_sources()) as mock:
        wanted = {"package_release_id": "rel_successful"}
        body = call(mock.url, "POST", "/package_releases/get", wanted).json
        shows = entry("POST", "/package_releases/get", 200, body, wanted)
        har(tmp_path, {**shows, "startedDateTime": mock.clock.now})
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("command", COMMANDS)
def test_a_full_disk_is_one_line_and_changes_nothing(
    folder: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    before = files(folder)
    with full_disk(20):
        code = main([*COMMANDS[command]])
    output = capsys.readouterr()
    assert (code, output.err.count("\n")) == (2, 1), output
    assert "File too large" in output.err
    assert files(folder) == before
    assert not (folder / "out").exists()
    assert main([*COMMANDS[command]]) == 0
    assert len(files(folder)) > len(before)
