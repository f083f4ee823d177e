"""No tracked file depends on a particular machine."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

FORBIDDEN = {
    "the address of a package registry": re.compile(
        r"pythonhosted\.org|\bpypi\.org|registry\.(npmjs|yarnpkg)\b|\bdeb\.debian\.org"
    ),
    "a path of one machine": re.compile(r"(?<![\w.~$})-])/(root|home|Users|work|tmp|opt)/\w"),
}


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [ROOT / name for name in listed.stdout.split("\0") if name]


@pytest.mark.parametrize("kind", FORBIDDEN)
def test_no_tracked_file_contains_a_text_of_a_forbidden_kind(kind: str) -> None:
    lines = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:120]}"
        for path in tracked()
        if path.is_file()
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1)
        if FORBIDDEN[kind].search(line)
    ]
    assert lines == []


@pytest.mark.parametrize(
    ("kind", "line"),
    [
        ("the address of a package registry", f"--index-url https://{'pypi'}.org/simple"),
        ("the address of a package registry", f"https://{'registry'}.npmjs.org/a.tgz"),
        ("a path of one machine", f"cd /{'home'}/me/project"),
        ("a path of one machine", f"file:///{'home'}/me/project"),
    ],
)
def test_a_forbidden_text_is_detected(kind: str, line: str) -> None:
    assert FORBIDDEN[kind].search(line)


def test_the_npm_lock_names_no_registry() -> None:
    assert '"resolved"' not in (ROOT / "package-lock.json").read_text()


def test_every_pin_of_the_lock_has_a_hash() -> None:
    entries = re.split(r"^(?=\S)", (ROOT / "requirements.lock").read_text(), flags=re.MULTILINE)
    pins = [entry for entry in entries if entry and not entry.startswith("#")]
    assert pins
    assert [pin.split()[0] for pin in pins if "==" not in pin or "--hash=sha256:" not in pin] == []
