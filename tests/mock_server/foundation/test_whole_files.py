"""A file has its old content or its new one: at every step, on a full disk, and through links."""

import os
from pathlib import Path

import pytest

from mock_server.foundation import whole_files
from tests.helpers.disks import full_disk
from tests.helpers.killed_writers import NEW, OLD, WRITERS, killed


def visible(folder: Path) -> dict[str, bytes]:
    """Return the content of the files whose names start without a dot."""
    files = [path for path in folder.rglob("*") if path.is_file() and path.name[0] != "."]
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


@pytest.mark.parametrize("writer", WRITERS)
def test_a_process_that_is_killed_at_any_step_leaves_whole_files(
    tmp_path: Path, writer: str
) -> None:
    def folder(step: int) -> Path:
        place = tmp_path / str(step)
        place.mkdir()
        (place / "first").write_bytes(OLD)
        return place

    results = [visible(place) for place in killed(folder, writer)]
    assert len(results) > 4
    assert results[0] == {"first": OLD}
    assert {content for each in results for content in each.values()} == {OLD, NEW}
    assert set(results[-1].values()) == {NEW}


def test_a_full_disk_changes_no_file_and_leaves_no_other(tmp_path: Path) -> None:
    (tmp_path / "first").write_bytes(OLD)
    paths = [tmp_path / "first", tmp_path / "new" / "second"]
    with full_disk(1000), pytest.raises(OSError, match="File too large") as raised:
        whole_files.write_all({paths[0]: b"small", paths[1]: NEW})
    assert raised.value.filename == str(paths[1])
    assert [path.name for path in tmp_path.iterdir()] == ["first"]
    assert paths[0].read_bytes() == OLD


def test_a_link_stays_a_link_and_a_file_keeps_its_permissions(tmp_path: Path) -> None:
    file, link = tmp_path / "file", tmp_path / "link"
    file.write_bytes(OLD)
    file.chmod(0o640)
    link.symlink_to(file)
    whole_files.write(link, NEW)
    assert link.is_symlink()
    assert file.read_bytes() == NEW
    assert file.stat().st_mode & 0o777 == 0o640


def test_a_new_file_has_the_permissions_of_the_umask(tmp_path: Path) -> None:
    earlier = os.umask(0o027)
    try:
        whole_files.write(tmp_path / "file", NEW)
    finally:
        os.umask(earlier)
    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o640


def test_a_device_is_written_directly() -> None:
    whole_files.write(Path("/dev/null"), NEW)
    assert not Path("/dev/null").is_file()


def test_a_name_of_the_longest_length_can_be_written(tmp_path: Path) -> None:
    whole_files.write(tmp_path / ("é" * 127), NEW)
    assert [path.name for path in tmp_path.iterdir()] == ["é" * 127]
