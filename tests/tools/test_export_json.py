"""Ajv accepts the exported states with the schema of a release."""

import json
from pathlib import Path

import pytest
import yaml

from mock_server.live import load_sources
from tests.helpers.exporting import beside_packages, export, replace, script
from tests.helpers.programs import ROOT, run

JUDGE, FIXTURES = load_sources()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    spec = yaml.safe_load((ROOT / "openapi.yaml").read_text("utf-8"))
    (beside_packages(tmp_path) / "openapi.json").write_text(json.dumps(spec))
    export("json", tmp_path)
    return tmp_path


def validate(folder: Path) -> tuple[int, str]:
    validator = script("validate_states.mjs", folder)
    ended = run("node", validator, folder / "openapi.json", folder / "json", "PackageRelease")
    return ended.returncode, ended.stdout


def test_every_state_is_valid(folder: Path) -> None:
    count = len(FIXTURES.fixtures)
    assert validate(folder) == (0, f"{count} of {count} valid\n")


def test_a_state_with_an_invalid_status_is_reported(folder: Path) -> None:
    replace(folder / "json" / "states" / "pending.json", '"pending"', '"ready"')
    code, output = validate(folder)
    assert code == 1
    assert "pending.json: data/display_status must be equal to one of" in output
