"""Only regular files are read, and nothing that a file is can stop the reader."""

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from mock_server.contract.source.files import bytes_of, recorded, state_of, text_of, yaml_files
from tests.mock_server.helpers.command_line import run_command
from tests.mock_server.helpers.copies import FIXTURES, SPEC, small_fixtures, violations_of


def a_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))


SPECIAL: dict[str, Callable[[Path], None]] = {
    "a pipe": os.mkfifo,
    "a socket": a_socket,
    "a device": lambda path: path.symlink_to("/dev/zero"),
    "a folder": Path.mkdir,
}


@pytest.fixture(params=SPECIAL)
def special(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, str]:
    """Return a path that is not a regular file, and what a message calls it."""
    path = tmp_path / "x.yaml"
    SPECIAL[request.param](path)
    return path, request.param


def test_a_file_that_is_not_regular_is_an_error_at_once(special: tuple[Path, str]) -> None:
    path, found = special
    (violation,) = violations_of(bytes_of, path)
    assert (violation.message, violation.found) == ("must be a regular file", found)


@pytest.mark.parametrize(
    "options", ["--spec {}", "--overlay {}", "{}", "--fixtures {}"], ids=lambda text: text[:10]
)
def test_no_option_of_a_command_waits_for_such_a_file(
    special: tuple[Path, str], options: str
) -> None:
    path, found = special
    result = run_command("check", *options.format(path).split())
    assert result.returncode in (1, 2)
    assert str(path) in result.stderr
    assert found != "a device" or found in result.stderr or "folder" in result.stderr


def test_such_a_file_among_the_fixtures_is_an_error_with_its_path(
    special: tuple[Path, str], tmp_path: Path
) -> None:
    path, found = special
    folder = small_fixtures(tmp_path)
    moved = path.rename(folder / "releases" / "x.yaml")
    result = run_command("check", "--spec", SPEC, "--fixtures", folder)
    is_folder = found == "a folder"  # which is empty, so that it contains nothing unexpected
    assert (result.returncode, str(moved) in result.stderr) == (int(not is_folder), not is_folder)


def test_a_large_file_is_read_up_to_the_limit_only(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_bytes(b"a" * 11)
    assert text_of(path, 11) == "a" * 11
    (violation,) = violations_of(text_of, path, 10)
    assert (violation.rule, violation.found) == ("file-size", "11 bytes")


HIDDEN = (
    *(".github/workflows/ci.yaml", ".history/releases/pending_2026.yaml"),
    *("releases/.ipynb_checkpoints/pending.yaml", "..2026_11_30/packages.yaml", ".hidden.yaml"),
    *("releases/.pending.yaml.swp.yaml", "#pending.yaml#", "releases/#a.yaml"),
)


def test_hidden_files_and_folders_beside_fixtures_are_left_out(tmp_path: Path) -> None:
    """Also for `check`, which names every other file that is not read."""
    folder = small_fixtures(tmp_path / ".config")
    expected = yaml_files(folder)
    for name in HIDDEN:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("not: a fixture\n", "utf-8")
    assert yaml_files(folder) == expected
    result = run_command("check", "--fixtures", folder)
    assert (result.returncode, result.stderr) == (0, "")
    (folder / "relases").mkdir()
    (folder / "relases" / "a.yaml").write_text("not: a fixture\n", "utf-8")
    assert "did you mean releases?" in run_command("check", "--fixtures", folder).stderr


def test_a_folder_with_links_to_the_folders_around_it_is_read_once(tmp_path: Path) -> None:
    folder = tmp_path / "fixtures"
    (folder / "a").mkdir(parents=True)
    (folder / "a" / "x.yaml").touch()
    (folder / "a" / "up").symlink_to(folder)
    (folder / "link").symlink_to(FIXTURES / "releases")
    (folder / "nowhere").symlink_to(tmp_path / "nowhere")
    linked = sorted(path.name for path in (FIXTURES / "releases").iterdir())
    found = [str(path.relative_to(folder)) for path in yaml_files(folder)]
    assert found == ["a/x.yaml", *(f"link/{name}" for name in linked)]


def test_every_use_of_a_file_is_recorded_with_its_state_before(tmp_path: Path) -> None:
    path, missing = tmp_path / "x.yaml", tmp_path / "missing.yaml"
    path.write_text("a: 1", "utf-8")
    with recorded() as files:
        text_of(path)
        path.write_text("a: 22", "utf-8")
        text_of(path)
        violations_of(text_of, missing)
        yaml_files(tmp_path)
    text_of(SPEC)
    assert set(files) == {path, missing, tmp_path}
    assert files[path] != state_of(path)
    assert files[missing] is None
    assert files[tmp_path] == (path,)
