"""Exports: their content, when they are outdated, and files that they never overwrite."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mock_server.app.handle import respond
from mock_server.app.mock import mock_of
from mock_server.cli import main
from mock_server.contract.exchange import Request
from mock_server.contract.judge import Judge
from mock_server.fixtures.values import Fixtures
from tests.mock_server.helpers.copies import SPEC, edit, small_fixtures, spec_with
from tests.repository.third_process import PREFIX, write

Files = dict[str, bytes]


def contents(folder: Path) -> Files:
    """Return the content of each file in a folder and its subfolders."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture
def sources(tmp_path: Path) -> list[str]:
    """Return the options for a copy of the spec and of a few fixtures."""
    fixtures, spec = small_fixtures(tmp_path), spec_with(tmp_path)
    return ["--spec", str(spec), "--fixtures", str(fixtures)]


EXPORT_ALL = """
import sys
from mock_server.cli import main
for format in ("json", "typescript", "zod", "msw"):
    main(["export", "--format", format, "--out", f"{sys.argv[1]}/{format}"])
"""


def test_the_same_sources_result_in_the_same_bytes(tmp_path: Path) -> None:
    """The hash seed of Python has no effect, and a new export is up to date."""
    for seed in ("1", "2"):
        command = [sys.executable, "-c", EXPORT_ALL, str(tmp_path / seed)]
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        subprocess.run(command, env=environment, check=True, timeout=60)
    for format_ in ("json", "typescript", "zod", "msw"):
        first = tmp_path / "1" / format_
        assert contents(first)
        assert contents(first) == contents(tmp_path / "2" / format_)
        assert main(["export", "--format", format_, "--out", str(first), "--check"]) == 0


def test_a_state_is_the_response_of_the_api_at_the_time_of_its_fixture(
    tmp_path: Path, judge: Judge, fixtures: Fixtures
) -> None:
    assert main(["export", "--format", "json", "--out", str(tmp_path)]) == 0
    for name, fixture in fixtures.fixtures.items():
        mock = mock_of(judge, fixtures, clock=lambda at=fixture.at: at)  # type: ignore[misc]
        body = json.dumps({"package_release_id": fixture.value["package_release_id"]}).encode()
        headers = {"content-type": "application/json"}
        response = respond(mock, Request("POST", "/package_releases/get", (), headers, body))
        state = json.loads((tmp_path / "states" / f"{name}.json").read_bytes())
        assert json.loads(response.body)["package_release"] == state


def test_a_third_process_is_in_every_export(tmp_path: Path) -> None:
    spec, fixtures = write(tmp_path)
    for format_ in ("json", "typescript", "zod", "msw"):
        out = tmp_path / format_
        sources = ["--spec", str(spec), "--fixtures", str(fixtures)]
        assert main(["export", "--format", format_, "--out", str(out), *sources]) == 0
        assert any(f"{PREFIX}_display_status".encode() in text for text in contents(out).values())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda out: (out / "schemas.ts").unlink(),
            "schemas.ts: expected a file of the export; found none [missing]",
        ),
        (
            lambda out: edit(out / "schemas.ts", "second < 60", "second < 61"),
            "schemas.ts: expected an unchanged file; found an edit [edited]",
        ),
        (lambda out: (out / "stamp.json").unlink(), "expected an export with a valid stamp.json"),
        (
            lambda out: (out / "stamp.json").write_text('{"format": "zod", "files": 1}'),
            "expected an export with a valid stamp.json",
        ),
        (
            lambda out: edit(out / "stamp.json", '"version": 4', '"version": 3'),
            "expected an export of version 4; found version 3 [outdated]",
        ),
    ],
)
def test_check_reports_each_problem_and_how_to_fix_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], change: Callable[[Path], Any], message: str
) -> None:
    options = ["export", "--format", "zod", "--out", str(tmp_path / "out")]
    assert main(options) == 0
    change(tmp_path / "out")
    before = contents(tmp_path / "out")
    assert main([*options, "--check"]) == 1
    printed = capsys.readouterr().err
    assert message in printed
    assert f"to update the export, run: mock-server {' '.join(options)}" in printed
    assert contents(tmp_path / "out") == before


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("openapi.yaml", "title: Package releases", "title: All package releases"),
        ("fixtures/releases/pending.yaml", "license: MIT", "license: null"),
        ("fixtures/scenarios/succeeds.yaml", "at: 0.5", "at: 0.55"),
        ("fixtures/accounts.yaml", "testuser@example.com", "user@example.com"),
    ],
)
def test_an_export_is_outdated_after_an_edit_of_any_source(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    sources: list[str],
    file: str,
    old: str,
    new: str,
) -> None:
    options = ["export", "--format", "json", "--out", str(tmp_path / "out"), *sources]
    assert main(options) == 0
    text = (tmp_path / file).read_text("utf-8")
    assert old in text, f"{file} has no {old}"
    (tmp_path / file).write_text(text.replace(old, new, 1), "utf-8")
    assert main([*options, "--check"]) == 1
    assert "expected an export of the current spec and fixtures" in capsys.readouterr().err
    assert main(options) == 0
    assert main([*options, "--check"]) == 0


def test_line_endings_do_not_count(tmp_path: Path, sources: list[str]) -> None:
    """A Git checkout on Windows has other line endings."""
    out = tmp_path / "out"
    options = ["export", "--format", "zod", "--out", str(out), *sources]
    assert main(options) == 0
    for path in (
        tmp_path / "openapi.yaml",
        tmp_path / "fixtures/accounts.yaml",
        out / "schemas.ts",
    ):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert main([*options, "--check"]) == 0


def test_an_export_removes_the_file_of_a_removed_state(tmp_path: Path, sources: list[str]) -> None:
    """It keeps files of others."""
    out = tmp_path / "out"
    options = ["export", "--format", "json", "--out", str(out), *sources]
    assert main(options) == 0
    (out / "notes.txt").write_text("mine")
    (tmp_path / "fixtures/releases/successful.yaml").unlink()
    assert main(options) == 0
    assert not (out / "states/successful.json").exists()
    assert (out / "notes.txt").read_text() == "mine"


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (
            {"handlers.ts": "mine"},
            "handlers.ts: does not belong to an export, and would be overwritten",
        ),
        (
            {"stamp.json": "mine"},
            "stamp.json: does not belong to an export, and would be overwritten",
        ),
    ],
)
def test_an_export_does_not_overwrite_other_files(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], files: dict[str, str], message: str
) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    before = contents(tmp_path)
    assert main(["export", "--format", "msw", "--out", str(tmp_path)]) == 2
    assert message in capsys.readouterr().err
    assert contents(tmp_path) == before


def test_an_export_does_not_overwrite_one_of_another_format(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", "--format", "zod", "--out", str(tmp_path)]) == 0
    before = contents(tmp_path)
    command = ["export", "--format", "msw", "--out", str(tmp_path)]
    assert main(command) == 2
    assert "must have the format msw; found zod" in capsys.readouterr().err
    assert main([*command, "--check"]) == 1
    assert "expected an export in the format msw; found zod" in capsys.readouterr().err
    assert contents(tmp_path) == before


def test_a_stamp_cannot_remove_files_outside_the_folder(tmp_path: Path) -> None:
    out, other = tmp_path / "out", tmp_path / "other.txt"
    options = ["export", "--format", "zod", "--out", str(out)]
    assert main(options) == 0
    other.write_text("mine")
    edit(out / "stamp.json", '"schemas.ts":', f'"{other}": "", "../other.txt": "", "schemas.ts":')
    assert main(options) == 2
    assert other.read_text() == "mine"


def test_a_folder_that_cannot_be_written_is_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("mine")
    assert main(["export", "--format", "zod", "--out", str(tmp_path / "file")]) == 2
    assert "--out: must be a folder that can be written; found" in capsys.readouterr().err
    assert contents(tmp_path) == {"file": b"mine"}


def test_invalid_fixtures_are_not_exported(tmp_path: Path, sources: list[str]) -> None:
    edit(tmp_path / "fixtures/releases/pending.yaml", "license: MIT", "license: 3")
    out = tmp_path / "out"
    assert main(["export", "--format", "json", "--out", str(out), *sources]) == 2
    assert not out.exists()


@pytest.mark.parametrize(
    ("old", "new", "keyword"),
    [
        ("star_count: {", "star_count: { multipleOf: 0.5,", "multipleOf"),
        ("website: {", "website: { format: uri,", "format"),
    ],
)
def test_a_keyword_without_an_equivalent_in_zod_is_left_out_and_named(
    tmp_path: Path, old: str, new: str, keyword: str
) -> None:
    note = f"// Zod has no equivalent of {keyword}."
    for spec, named in ((SPEC, False), (spec_with(tmp_path, (old, new)), True)):
        out = tmp_path / str(named)
        assert main(["export", "--format", "zod", "--spec", str(spec), "--out", str(out)]) == 0
        assert (note in (out / "schemas.ts").read_text("utf-8")) is named
