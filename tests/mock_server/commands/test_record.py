"""``mock-server record`` makes fixtures and scenarios of recorded traffic."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from mock_server.cli import main
from mock_server.live import live, load_sources
from tests.helpers.recordings import entry, har
from tests.helpers.requests import call
from tests.mock_server.helpers.copies import SPEC

FIXTURES = SPEC.parent / "fixtures"
GET = "/package_releases/get"
WANTED = {"package_release_id": "rel_successful"}


def recorded(folder: Path, scenario: str = "fails-circuit-json") -> Path:
    """Record a release while a scenario plays, every 1.5 seconds, with a token."""
    entries = []
    with live(*load_sources()) as mock:
        mock.clock.freeze()  # the requests take no time of the session
        for number in range(6):
            if number == 1:
                mock.play("rel_successful", scenario)
            body = call(mock.url, "POST", GET, WANTED).json
            headers = {"authorization": "Bearer canary-token"}
            each = entry("POST", GET, 200, body, WANTED, headers=headers)
            entries.append({**each, "startedDateTime": mock.clock.now})
            mock.clock.advance(1.5)
    return har(folder, *entries)


def record(folder: Path, *recordings: Path) -> tuple[int, Path]:
    """Run the command on a copy of the fixtures; return its exit code and the copy."""
    fixtures = folder / "fixtures"
    if not fixtures.exists():
        shutil.copytree(FIXTURES, fixtures)
    return main(["record", *map(str, recordings), "--fixtures", str(fixtures)]), fixtures


def new_files(fixtures: Path) -> list[str]:
    names = (str(path.relative_to(fixtures)) for path in fixtures.rglob("*.yaml"))
    return sorted(name for name in names if not (FIXTURES / name).exists())


def test_each_state_of_a_recording_becomes_a_fixture_and_its_course_a_scenario(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, fixtures = record(tmp_path, recorded(tmp_path))
    assert code == 0, capsys.readouterr()
    assert new_files(fixtures) == [
        "releases/recorded-building-circuit-json-build.yaml",
        "releases/recorded-building-transpilation.yaml",
        "releases/recorded-failed-circuit-json-build.yaml",
        "releases/recorded-pending.yaml",
        "releases/recorded-successful.yaml",
        "scenarios/recorded-successful-to-failed-circuit-json-build.yaml",
    ]
    assert main(["check", "--fixtures", str(fixtures)]) == 0


def test_a_recorded_state_is_shown_and_played_with_its_real_timing(tmp_path: Path) -> None:
    _, fixtures = record(tmp_path, recorded(tmp_path))
    with live(*load_sources(fixtures=fixtures)) as mock:
        mock.show("rel_successful", "recorded-failed-circuit-json-build")
        assert call(mock.url, "POST", GET, WANTED).json["package_release"]["display_status"] == (
            "failed"
        )
        mock.clock.freeze()
        mock.play("rel_successful", "recorded-successful-to-failed-circuit-json-build")
        mock.clock.advance(3.5)
        release = call(mock.url, "POST", GET, WANTED).json["package_release"]
        assert release["transpilation_display_status"] == "building"


def test_a_fixture_says_where_it_comes_from_and_has_no_credentials(tmp_path: Path) -> None:
    _, fixtures = record(tmp_path, recorded(tmp_path))
    text = (fixtures / "releases" / "recorded-pending.yaml").read_text("utf-8")
    assert "Recorded from POST https://api.example.com/api/package_releases/get" in text
    for name in new_files(fixtures):
        assert "canary" not in (fixtures / name).read_text("utf-8")


def test_a_long_log_is_cut_to_its_end(tmp_path: Path) -> None:
    with live(*load_sources()) as mock:
        wanted = {"package_release_id": "rel_logs_long"}
        body: Any = call(mock.url, "POST", GET, wanted).json
        shows = {**entry("POST", GET, 200, body, wanted), "startedDateTime": mock.clock.now}
    log = body["package_release"]["circuit_json_build_logs"]
    _, fixtures = record(tmp_path, har(tmp_path, shows))
    with live(*load_sources(fixtures=fixtures)) as mock:
        (name,) = new_files(fixtures)
        key = f"recorded_{Path(name).stem.removeprefix('recorded-')}".replace("-", "_")
        shown = call(mock.url, "POST", GET, {"package_release_id": key}).json["package_release"]
    assert shown["circuit_json_build_logs"] == log[-5:]


def test_a_state_that_breaks_the_contract_is_left_out_with_its_reason(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with live(*load_sources()) as mock:
        body: Any = call(mock.url, "POST", GET, WANTED).json
    body["package_release"]["display_status"] = "complete"
    code, fixtures = record(tmp_path, har(tmp_path, entry("POST", GET, 200, body, WANTED)))
    output = capsys.readouterr().out
    assert (code, new_files(fixtures)) == (1, [])
    assert "left out: package release of POST https://api.example.com/api/package_rel" in output
    assert 'must be one of pending, building, successful, failed; found "complete"' in output


def test_a_second_recording_overwrites_nothing(tmp_path: Path) -> None:
    recording = recorded(tmp_path)
    _, fixtures = record(tmp_path, recording)
    before = {name: (fixtures / name).read_text("utf-8") for name in new_files(fixtures)}
    assert record(tmp_path, recording)[0] == 0
    assert {name: (fixtures / name).read_text("utf-8") for name in before} == before


@pytest.mark.parametrize("content", ["", "{", '{"log": {"entries": []}}'])
def test_another_file_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str
) -> None:
    file = tmp_path / "x.har"
    file.write_text(content, "utf-8")
    code, fixtures = record(tmp_path, file)
    assert (code, new_files(fixtures)) == (2, [])
    assert str(file) in capsys.readouterr().err


def test_a_recording_of_another_api_has_no_states(tmp_path: Path) -> None:
    other = har(tmp_path, entry("GET", "https://pets.example/pets", 200, json.dumps([])))
    code, fixtures = record(tmp_path, other)
    assert (code, new_files(fixtures)) == (1, [])


KEY = "7f6c1f0e-6b1c-4b0e-9a51-2f5c3f0d9e11"
BOARDS = """
openapi: 3.1.0
info: { title: Boards, version: "1" }
servers: [{ url: /api }]
paths:
  /boards/{id}:
    get:
      operationId: getBoard
      parameters: [{ name: id, in: path, required: true, schema: { type: string } }]
      responses:
        "200":
          description: The board
          content: { application/json: { schema: { $ref: "#/components/schemas/Board" } } }
        "404":
          description: Not found
          content: { application/json: { schema: { type: object } } }
components:
  schemas:
    Board:
      type: object
      x-resource: { key: id, fixtures: boards }
      x-timeline: { status: status }
      required: [id, status]
      properties:
        id: { type: string, format: uuid }
        status: { $ref: "#/components/schemas/Status" }
    Status:
      type: string
      enum: [waiting, running, done, failed]
      x-statuses:
        waiting: { phase: waiting }
        running: { phase: running }
        done: { phase: ended-well }
        failed: { phase: ended-badly }
"""


def test_a_recorded_resource_whose_key_is_a_uuid_gets_another_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec, fixtures = tmp_path / "openapi.yaml", tmp_path / "fixtures"
    spec.write_text(BOARDS)
    (fixtures / "boards").mkdir(parents=True)
    (fixtures / "boards" / "first.yaml").write_text(
        "at: '2026-01-01T00:00:00Z'\n"
        "about: { title: First, purpose: A board }\n"
        f"resource: {{ id: {KEY}, status: done }}\n"
    )
    shown = entry("GET", f"/boards/{KEY}", 200, {"id": KEY, "status": "failed"})
    options = ("--spec", str(spec), "--fixtures", str(fixtures))
    assert main(["record", str(har(tmp_path, shown)), *options]) == 0, capsys.readouterr()
    assert main(["check", *options]) == 0, capsys.readouterr()
    files = list((fixtures / "boards").iterdir())
    keys = {yaml.safe_load(file.read_text("utf-8"))["resource"]["id"] for file in files}
    assert len(files) == len(keys) == 2
