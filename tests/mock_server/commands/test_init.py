"""``mock-server init`` writes files that work, and names what it inferred."""

import json
from pathlib import Path

import pytest
import yaml

from mock_server.app.handle import respond
from mock_server.app.mock import mock_of
from mock_server.app.sources import load_sources
from mock_server.contract.document.operation import Page
from mock_server.contract.exchange import Request
from tests.helpers.videos import written
from tests.mock_server.helpers.command_line import CommandResult, run_command
from tests.mock_server.helpers.copies import SPEC

LIBRARY = Path(__file__).parents[1] / "documents" / "library.yaml"
JOBS = """\
openapi: 3.1.0
info: { title: "Jobs: an API", version: "1" }
paths:
  /jobs:
    get:
      responses:
        "200":
          description: Jobs
          content: { application/json: { schema: { type: object, properties: {
            data: { type: array, items: { $ref: "#/components/schemas/Job" } } } } } }
  /jobs/{jobId}:
    get:
      responses:
        "200":
          description: Job
          content: { application/json: { schema: { $ref: "#/components/schemas/Job" } } }
        "404":
          description: Unknown
          content: { application/json: { schema: { type: object, properties: {
            error: { type: string } } } } }
components:
  schemas:
    Job:
      type: object
      required: [id, state]
      properties:
        id: { type: string }
        state: { enum: [QUEUED, IN_PROGRESS, DONE, ERROR] }
"""


def init(spec: Path, folder: Path) -> CommandResult:
    return run_command("init", "--spec", spec, "--output", folder / "mock")


@pytest.fixture
def jobs(tmp_path: Path) -> Path:
    path = tmp_path / "jobs.yaml"
    path.write_text(JOBS, "utf-8")
    return path


def test_it_names_the_resources_and_their_statuses(jobs: Path, tmp_path: Path) -> None:
    printed = init(jobs, tmp_path).stdout
    assert "Job: the key is id (GET /jobs/{jobId})" in printed
    phases = "QUEUED (waiting), IN_PROGRESS (running), DONE (ended-well), ERROR (ended-badly)"
    assert f"the status is state: {phases}" in printed
    assert f"{tmp_path / 'mock/fixtures'}: 4 jobs" in printed


def test_a_resource_has_a_fixture_for_each_status(jobs: Path, tmp_path: Path) -> None:
    init(jobs, tmp_path)
    overlay, fixtures = tmp_path / "mock/overlay.yaml", tmp_path / "mock/fixtures"
    mock = mock_of(*load_sources(jobs, fixtures, [overlay]))
    for name, state in {"queued": "QUEUED", "in-progress": "IN_PROGRESS", "error": "ERROR"}.items():
        value = mock.dataset.fixtures.fixtures[name].value
        assert value["state"] == state
        response = respond(mock, Request("GET", f"/jobs/{value['id']}"))
        assert (response.status, json.loads(response.body)) == (200, value)
    listed = json.loads(respond(mock, Request("GET", "/jobs")).body)
    assert [each["state"] for each in listed["data"]] == ["DONE", "ERROR", "IN_PROGRESS", "QUEUED"]
    assert respond(mock, Request("GET", "/jobs/unknown")).status == 404


@pytest.mark.parametrize("spec", [LIBRARY, SPEC], ids=["another API", "the shipped API"])
def test_the_files_are_valid(spec: Path, tmp_path: Path) -> None:
    result = init(spec, tmp_path)
    assert (result.returncode, result.stderr) == (0, "")
    overlay = tmp_path / "mock/overlay.yaml"
    assert yaml.safe_load(overlay.read_text("utf-8"))["overlay"] == "1.0.0"
    fixtures = () if spec == SPEC else ("--fixtures", tmp_path / "mock/fixtures")
    checked = run_command("check", "--spec", spec, "--overlay", overlay, *fixtures)
    assert (checked.returncode, checked.stderr) == (0, "")


def test_the_printed_commands_work(jobs: Path, tmp_path: Path) -> None:
    printed = init(jobs, tmp_path).stdout
    command = next(line for line in printed.splitlines() if "mock-server check" in line)
    result = run_command(*command.split()[1:])
    assert (result.returncode, result.stderr) == (0, "")
    assert "4 jobs" in result.stdout


def test_existing_files_are_all_named_and_stay_as_they_are(jobs: Path, tmp_path: Path) -> None:
    init(jobs, tmp_path)
    overlay = tmp_path / "mock/overlay.yaml"
    overlay.write_text("mine", "utf-8")
    result = init(jobs, tmp_path)
    assert result.returncode == 2
    assert f"{overlay}: the file already exists" not in result.stdout
    assert str(overlay) in result.stderr
    assert str(tmp_path / "mock/fixtures/static-responses.yaml") in result.stderr
    assert overlay.read_text("utf-8") == "mine"


def test_a_missing_document_is_an_error(tmp_path: Path) -> None:
    result = init(tmp_path / "none.yaml", tmp_path)
    assert result.returncode == 2
    assert "none.yaml" in result.stderr
    assert not (tmp_path / "mock").exists()


def test_it_proposes_what_names_and_paths_suggest(tmp_path: Path) -> None:
    spec, *_ = written(tmp_path)
    printed = init(spec, tmp_path).stdout
    assert (
        "Video: the key is id (GET /videos/{video_id}); its parent is Channel (channel)" in printed
    )
    assert "queued (waiting), encoding (running), finished (ended-well)" in printed
    overlay = tmp_path / "mock/overlay.yaml"
    mock = mock_of(*load_sources(spec, tmp_path / "mock/fixtures", [overlay]))
    operations, transcode = mock.spec.operations, mock.spec.types["Transcode"]
    assert transcode.timeline is not None
    assert transcode.timeline.duration == "took_ms"
    (process,) = transcode.timeline.processes
    roles = {role: process.get(role) for role in ("started_at", "completed_at", "logs", "error")}
    assert list(roles.values()) == ["started_at", "finished_at", "log", "failure"]
    assert transcode.timestamps == dict.fromkeys(
        ("queued_at", "started_at", "finished_at"), "unixtime"
    )
    queued = mock.dataset.fixtures.fixtures["queued"].value
    assert [queued[name] for name in ("started_at", "took_ms", "failure")] == [None, None, None]
    assert mock.dataset.fixtures.fixtures["finished"].value["took_ms"] == 55_000
    by_number, by_cursor = operations["listChannels"].page, operations["listVideos"].page
    assert by_number == Page(
        *("page", "page", "per_page"), 10, 50, headers={"total": "X-Total-Count"}, links=True
    )
    fields = {"next": ("next_cursor",), "has_more": ("has_more",)}
    assert by_cursor == Page("cursor", "cursor", "limit", 25, fields=fields)
    retry = operations["retryTranscode"].action
    assert retry is not None
    assert (retry.do, retry.sources) == ("restart", ("ended-well", "ended-badly"))
