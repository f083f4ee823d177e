"""Edited copies of the shipped spec and fixtures."""

import shutil
from pathlib import Path

import pytest

from mock_server.contract.violations import ContractError, Violation

ROOT = Path(__file__).parents[3]
SPEC = ROOT / "openapi.yaml"
FIXTURES = ROOT / "fixtures"


def spec_with(folder: Path, *edits: tuple[str, str]) -> Path:
    """Return a copy of the spec in which each (old, new) text is replaced."""
    path = folder / "openapi.yaml"
    text = SPEC.read_text("utf-8")
    for old, new in edits:
        text = replaced(text, old, new)
    path.write_text(text, "utf-8")
    return path


def small_fixtures(folder: Path) -> Path:
    """Return a fixtures folder with the packages, the accounts, two releases and one scenario."""
    copy = folder / "fixtures"
    for name in ("releases/pending", "releases/successful", "scenarios/succeeds"):
        path = copy / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(FIXTURES / f"{name}.yaml", path)
    for name in ("packages", "accounts", "credentials"):
        shutil.copy(FIXTURES / f"{name}.yaml", copy)
    return copy


def edit(path: Path, old: str, new: str) -> str:
    """Replace a text in a file; return the location of the new text."""
    text = path.read_text("utf-8")
    path.write_text(replaced(text, old, new), "utf-8")
    return location_of(path, new)


def location_of(path: Path, text: str) -> str:
    """Return ``file:line:column`` of the first occurrence of a text, without leading spaces."""
    content = path.read_text("utf-8")
    start = content.index(text) + len(text) - len(text.lstrip())
    line = content.count("\n", 0, start) + 1
    return f"{path}:{line}:{start - content.rfind(chr(10), 0, start)}"


def replaced(text: str, old: str, new: str) -> str:
    """Return the text with one part replaced; assert that the part occurs exactly once."""
    assert text.count(old) == 1, f"{text.count(old)} times: {old}"
    return text.replace(old, new)


def violations_of(call: object, *arguments: object) -> tuple[Violation, ...]:
    """Return the violations of the ContractError that a call raises."""
    assert callable(call)
    with pytest.raises(ContractError) as caught:
        call(*arguments)
    return caught.value.violations
