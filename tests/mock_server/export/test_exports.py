"""ManualClock-outs: what is written, when it is stale, and what is never written over."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import chdir
from pathlib import Path
from typing import Any

import pytest

from mock_server.app.handle import respond
from mock_server.app.mock import mock_of
from mock_server.cli import main
from mock_server.contract.exchange import Request
from mock_server.contract.judge import Judge
from mock_server.fixtures.values import Fixtures
from tests.mock_server.helpers.copies import FIXTURES, SPEC, edit, small_fixtures, spec_with
from tests.repository.third_process import PREFIX, write

Files = dict[str, bytes]


def contents(folder: Path) -> Files:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture
def sources(tmp_path: Path) -> list[str]:
    """The options that name a copy of the spec and of a few fixtures."""
    fixtures, spec = small_fixtures(tmp_path), spec_with(tmp_path)
    return ["--spec", str(spec), "--fixtures", str(fixtures)]


@pytest.mark.parametrize("form", ["json", "zod", "msw"])
def test_the_same_sources_give_the_same_bytes(tmp_path: Path, form: str) -> None:
    """In two processes, in which texts hash differently; and what is written is fresh."""
    for seed in ("1", "2"):
        command = [sys.executable, "-c", "import sys; from mock_server.cli import main; main()"]
        options = ["export", "--format", form, "--out", str(tmp_path / seed)]
        subprocess.run(
            [*command, *options], env={**os.environ, "PYTHONHASHSEED": seed}, check=True, timeout=60
        )
    assert contents(tmp_path / "1") == contents(tmp_path / "2")
    assert main(["export", "--format", form, "--out", str(tmp_path / "1"), "--check"]) == 0


def test_a_state_is_what_the_api_answers_at_the_instant_of_its_fixture(
    tmp_path: Path, judge: Judge, fixtures: Fixtures
) -> None:
    assert main(["export", "--format", "json", "--out", str(tmp_path)]) == 0
    for name, fixture in fixtures.releases.items():
        mock = mock_of(judge, fixtures, clock=lambda at=fixture.at: at)  # type: ignore[misc]
        body = json.dumps({"package_release_id": fixture.release["package_release_id"]}).encode()
        headers = {"content-type": "application/json"}
        answer = respond(mock, Request("POST", "/package_releases/get", (), headers, body))
        state = json.loads((tmp_path / "states" / f"{name}.json").read_bytes())
        assert json.loads(answer.body)["package_release"] == state


def test_a_third_process_is_in_every_hand_out(tmp_path: Path) -> None:
    """By the files alone; the types are openapi-typescript's, and proven with it."""
    spec, fixtures = write(tmp_path)
    for form in ("json", "zod", "msw"):
        out = tmp_path / form
        named = ["--spec", str(spec), "--fixtures", str(fixtures)]
        assert main(["export", "--format", form, "--out", str(out), *named]) == 0
        assert any(f"{PREFIX}_display_status".encode() in text for text in contents(out).values())


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda out: (out / "schemas.ts").unlink(), "schemas.ts: is there; found none [missing]"),
        (
            lambda out: edit(out / "schemas.ts", "second < 60", "second < 61"),
            "schemas.ts: is as it was made; found an edit [edited]",
        ),
        (lambda out: (out / "stamp.json").unlink(), "holds a hand-out with its stamp.json"),
        (
            lambda out: (out / "stamp.json").write_text('{"format": "zod", "files": 1}'),
            "holds a hand-out with its stamp.json",
        ),
        (
            lambda out: edit(out / "stamp.json", '"version": 1', '"version": 0'),
            "was made from this version as they are",
        ),
    ],
)
def test_check_tells_what_is_wrong_and_what_cures_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], change: Callable[[Path], Any], told: str
) -> None:
    options = ["export", "--format", "zod", "--out", str(tmp_path / "out")]
    assert main(options) == 0
    change(tmp_path / "out")
    before = contents(tmp_path / "out")
    assert main([*options, "--check"]) == 1
    printed = capsys.readouterr().err
    assert told in printed
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
def test_an_edit_of_any_source_makes_it_stale_until_it_is_made_anew(
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
    assert "was made from spec and fixtures as they are; found others" in capsys.readouterr().err
    assert main(options) == 0
    assert main([*options, "--check"]) == 0


def test_line_ends_make_nothing_stale(tmp_path: Path, sources: list[str]) -> None:
    """A checkout with the line ends of Windows holds the same sources, and the same hand-out."""
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


def test_a_state_that_is_gone_takes_its_file_with_it(tmp_path: Path, sources: list[str]) -> None:
    """What is of no hand-out stays."""
    out = tmp_path / "out"
    options = ["export", "--format", "json", "--out", str(out), *sources]
    assert main(options) == 0
    (out / "notes.txt").write_text("mine")
    (tmp_path / "fixtures/releases/successful.yaml").unlink()
    assert main(options) == 0
    assert not (out / "states/successful.json").exists()
    assert (out / "notes.txt").read_text() == "mine"


@pytest.mark.parametrize(
    ("there", "told"),
    [
        ({"handlers.ts": "mine"}, "handlers.ts: is not of a hand-out, and would be lost"),
        ({"stamp.json": "mine"}, "stamp.json: is not of a hand-out, and would be lost"),
    ],
)
def test_a_file_that_is_of_no_hand_out_is_never_written_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], there: dict[str, str], told: str
) -> None:
    for name, text in there.items():
        (tmp_path / name).write_text(text)
    before = contents(tmp_path)
    assert main(["export", "--format", "msw", "--out", str(tmp_path)]) == 2
    assert told in capsys.readouterr().err
    assert contents(tmp_path) == before


def test_a_folder_of_another_format_is_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", "--format", "zod", "--out", str(tmp_path)]) == 0
    before = contents(tmp_path)
    for more, code in (([], 2), (["--check"], 1)):
        assert main(["export", "--format", "msw", "--out", str(tmp_path), *more]) == code
        assert "holds the format msw; found zod" in capsys.readouterr().err
    assert contents(tmp_path) == before


def test_a_stamp_that_names_files_elsewhere_removes_none(tmp_path: Path) -> None:
    out, other = tmp_path / "out", tmp_path / "other.txt"
    options = ["export", "--format", "zod", "--out", str(out)]
    assert main(options) == 0
    other.write_text("mine")
    edit(out / "stamp.json", '"schemas.ts":', f'"{other}": "", "../other.txt": "", "schemas.ts":')
    assert main(options) == 2
    assert other.read_text() == "mine"


def test_a_folder_that_cannot_be_written_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("mine")
    assert main(["export", "--format", "zod", "--out", str(tmp_path / "file")]) == 2
    assert "--out: a folder that can be written; found" in capsys.readouterr().err
    assert contents(tmp_path) == {"file": b"mine"}


def test_nothing_is_written_when_the_fixtures_are_broken(
    tmp_path: Path, sources: list[str]
) -> None:
    edit(tmp_path / "fixtures/releases/pending.yaml", "license: MIT", "license: 3")
    out = tmp_path / "out"
    assert main(["export", "--format", "json", "--out", str(out), *sources]) == 2
    assert not out.exists()


def test_types_say_what_to_install_where_no_node_is_in_reach(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    options = ["--spec", str(SPEC), "--fixtures", str(FIXTURES)]
    with chdir(tmp_path):
        assert main(["export", "--format", "typescript", "--out", "types", *options]) == 2
    printed = capsys.readouterr().err
    assert "npm install --save-dev openapi-typescript@7 typescript@5" in printed
    assert not (tmp_path / "types").exists()


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("star_count: {", "star_count: { multipleOf: 0.5,", "multipleOf"),
        ("website: {", "website: { format: uri,", "uri"),
    ],
)
def test_a_schema_that_zod_cannot_say_is_told_by_its_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, told: str
) -> None:
    spec = spec_with(tmp_path, (old, new))
    options = ["--spec", str(spec), "--out", str(tmp_path / "out")]
    assert main(["export", "--format", "zod", *options]) == 2
    printed = capsys.readouterr().err
    assert f"found {told}" in printed
    assert "/components/schemas/Package/properties/" in printed
