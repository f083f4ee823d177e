"""Copies of the shipped spec and fixtures, each with something changed."""

import shutil
from pathlib import Path

import pytest

from mock_server.contract.violations import ContractError, Violation

ROOT = Path(__file__).parents[3]
SPEC = ROOT / "openapi.yaml"
FIXTURES = ROOT / "fixtures"


def spec_with(folder: Path, *edits: tuple[str, str]) -> Path:
    """A copy of the spec in which each text, there exactly once, is replaced."""
    path = folder / "openapi.yaml"
    text = SPEC.read_text("utf-8")
    for old, new in edits:
        text = replaced(text, old, new)
    path.write_text(text, "utf-8")
    return path


def small_fixtures(folder: Path) -> Path:
    """A folder of the packages and accounts, two releases of one package, and the scenario."""
    copy = folder / "fixtures"
    for name in ("releases/pending", "releases/successful", "scenarios/succeeds"):
        place = copy / f"{name}.yaml"
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(FIXTURES / f"{name}.yaml", place)
    for name in ("packages", "accounts"):
        shutil.copy(FIXTURES / f"{name}.yaml", copy)
    return copy


def edit(path: Path, old: str, new: str) -> str:
    """Replaces a text that is there exactly once; returns the place of what was put."""
    text = path.read_text("utf-8")
    path.write_text(replaced(text, old, new), "utf-8")
    return place_of(path, new)


def place_of(path: Path, text: str) -> str:
    """``file:line:column`` of the first occurrence of a text, blanks before it skipped."""
    whole = path.read_text("utf-8")
    begin = whole.index(text) + len(text) - len(text.lstrip())
    line = whole.count("\n", 0, begin) + 1
    return f"{path}:{line}:{begin - whole.rfind(chr(10), 0, begin)}"


def replaced(text: str, old: str, new: str) -> str:
    assert text.count(old) == 1, f"{text.count(old)} times: {old}"
    return text.replace(old, new)


def refusal(call: object, *arguments: object) -> tuple[Violation, ...]:
    """What a call refuses its arguments for."""
    assert callable(call)
    with pytest.raises(ContractError) as caught:
        call(*arguments)
    return caught.value.violations
