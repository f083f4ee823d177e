"""Two builds of the distributions have the same bytes, at any place and time."""

import os
import subprocess
import sys
import tarfile
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def checkout(folder: Path, umask: int, time: int) -> Path:
    """Return a copy of the tracked files as they are now. time: of all files, s since 1970."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    earlier = os.umask(umask)
    try:
        for name in filter(None, listed.stdout.split("\0")):
            if (ROOT / name).is_file():
                target = folder / name
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes((ROOT / name).read_bytes())
                os.utime(target, (time, time))
    finally:
        os.umask(earlier)
    return folder


def built(folder: Path, umask: int) -> dict[str, str]:
    """Return the digests of the distributions of a checkout."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-t", "wheel"],
        cwd=folder,
        umask=umask,
        env={name: text for name, text in os.environ.items() if name != "SOURCE_DATE_EPOCH"},
        stdout=subprocess.DEVNULL,
        timeout=300,
        check=True,
    )
    return {path.name: sha256(path.read_bytes()).hexdigest() for path in folder.glob("dist/*")}


@pytest.mark.slow
def test_two_builds_at_other_times_with_other_permissions_have_the_same_bytes(
    tmp_path: Path,
) -> None:
    first = built(checkout(tmp_path / "a", 0o022, 1_600_000_000), 0o022)
    second = built(checkout(tmp_path / "another-folder", 0o077, 1_700_000_001), 0o077)
    assert sorted(name.rpartition(".")[2] for name in first) == ["gz", "whl"]
    assert first == second
    (archive,) = (tmp_path / "a" / "dist").glob("*.tar.gz")
    with tarfile.open(fileobj=BytesIO(archive.read_bytes())) as source:
        assert {(each.uid, each.uname) for each in source} == {(0, "")}
