"""A document with mistakes is either served without errors, or rejected with a message."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.mock_server.helpers.command_line import run_command
from tests.mock_server.helpers.copies import SPEC
from tests.mock_server.helpers.mutations import mutated

LIBRARY = Path(__file__).parents[1] / "documents" / "library.yaml"
IN_ONE_TEST = 30
CODES = {0: "served", 1: "with problems", 2: "rejected"}


def checked(file: Path, seed: int, folder: Path) -> str:
    """Check a mutated document; return the result. Raises AssertionError for an internal error."""
    data: Any = yaml.load(file.read_text("utf-8"), yaml.CSafeLoader)
    path = folder / f"mutant-{seed}.json"
    path.write_text(json.dumps(mutated(data, seed)), "utf-8")
    result = run_command("check", "--spec", path)
    output = f"seed {seed}: {result.stdout}{result.stderr}"
    assert result.returncode in CODES, output
    assert "Traceback" not in output
    assert "[internal]" not in output
    assert bool(result.stderr.strip()) == (result.returncode != 0), output
    return CODES[int(str(result.returncode))]


def test_the_document_without_mistakes_is_served() -> None:
    result = run_command("check", "--spec", LIBRARY)
    assert (result.returncode, result.stderr) == (0, "")
    assert "each response is valid" in result.stdout


@pytest.mark.parametrize("first", range(0, 240, IN_ONE_TEST))
def test_a_mutated_document_of_another_api_never_fails(first: int, tmp_path: Path) -> None:
    results = [checked(LIBRARY, seed, tmp_path) for seed in range(first, first + IN_ONE_TEST)]
    assert results.count("served") > IN_ONE_TEST // 3  # most mistakes can be tolerated


@pytest.mark.slow
@pytest.mark.parametrize("first", range(1000, 1120, IN_ONE_TEST))
def test_a_mutated_document_with_extensions_never_fails(first: int, tmp_path: Path) -> None:
    results = [checked(SPEC, seed, tmp_path) for seed in range(first, first + IN_ONE_TEST)]
    assert results.count("rejected") > IN_ONE_TEST // 3  # its mistakes are errors
