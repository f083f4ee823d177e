"""Mistakes in a timeline are found when the document is loaded, with their lines."""

from pathlib import Path

import pytest

from tests.helpers import deployments
from tests.mock_server.helpers.copies import SPEC
from tests.mock_server.helpers.mistakes import mistakes

ROLES = "roles: { started_at: buildingAt, completed_at: readyAt, logs: log, error: errorMessage }"


@pytest.mark.parametrize(
    ("right", "wrong", "message"),
    [
        (
            "status: state\n",
            "status: stat\n",
            "found stat; did you mean state",
        ),
        ("logs: log", "logs: lgo", "must name a property; found lgo; did you mean log"),
        ("logs: log", "lgos: log", "must be a role; found lgos; did you mean logs"),
        ("logs: log", "logs: url", "the property url must be an array"),
        ("readyAt, logs", "url, logs", "the property url must be a timestamp"),
        ("logs: log", "in_progress: url, logs: log", "the property url must be a boolean"),
        ("logs: log", "error_at: log, logs: log", "the property log must be a timestamp"),
        (ROLES, f"{ROLES}\n        duration: url", "the property url must be a number"),
        ("changes: [errorCode]", "changes: [error]", "must name a property; found error;"),
    ],
)
def test_a_mistake_is_found_with_its_line(
    tmp_path: Path, right: str, wrong: str, message: str
) -> None:
    found = mistakes(deployments.SPEC, tmp_path, right, wrong)
    assert any(message in each for each in found), found
    assert all("openapi.yaml:" in each for each in found)


def test_the_properties_of_each_process_must_fit_their_roles(tmp_path: Path) -> None:
    found = mistakes(SPEC, tmp_path, "logs: _logs", "logs: _display_status")
    for process in ("transpilation", "circuit_json_build"):
        message = f"the property {process}_display_status must be an array"
        assert sum(message in each for each in found) == 1
