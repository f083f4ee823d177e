"""A contract run on servers of other APIs: correct ones hold, and each planted fault is found."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.contract_runs import contract_tests
from tests.helpers.framework_servers import PYTHON
from tests.helpers.other_apis import APIS, FOLDER, document_of, serving

pytestmark = pytest.mark.slow

MOST_FINDINGS = 4  # of one fault: a value that is not checked breaks several keywords
# The findings that FastAPI and Flask have by default: a status that the document does not describe
STRICT = {"deployments": ["undocumented-error"], "bookshop": ["undocumented-error"], "parcels": []}


def ran(name: str, fault: str, folder: Path, *options: str) -> tuple[int, str, dict[str, Any]]:
    """Run `contract-tests` on a server; return the exit code, the output and the verdict."""
    report = folder / "report.json"
    with serving(name, fault) as target:
        run = contract_tests(
            *("--spec", str(document_of(name)), "--target", target, "--wait", "60"),
            *("--findings", str(folder / "findings"), "--report-json", str(report)),
            *APIS[name].credentials,
            *options,
        )
    assert report.is_file(), run.stdout + run.stderr
    return run.returncode, run.stdout, json.loads(report.read_text("utf-8"))


def rules(report: dict[str, Any]) -> list[str]:
    """Return the rule of each finding."""
    return [finding["requirement"] or finding["rule"] for finding in report["findings"]]


@pytest.mark.parametrize("name", APIS)
def test_a_correct_server_holds(name: str, tmp_path: Path) -> None:
    """The exit code 0 means that every operation was verified, with ids that the run has found."""
    status, output, report = ran(name, "", tmp_path)
    assert (status, rules(report)) == (0, STRICT[name]), output


@pytest.mark.parametrize("name", APIS)
def test_a_server_that_is_only_read_holds(name: str, tmp_path: Path) -> None:
    status, output, report = ran(name, "", tmp_path, "--read-only")
    assert (status, rules(report)) == (0, []), output
    assert "will change nothing" in output


@pytest.mark.parametrize(
    ("name", "fault"), [(name, fault) for name, api in APIS.items() for fault in api.faults]
)
def test_a_planted_fault_is_found(name: str, fault: str, tmp_path: Path) -> None:
    status, output, report = ran(name, fault, tmp_path, "--strict", "--max-examples", "3")
    assert status == 1, output
    assert APIS[name].faults[fault] in rules(report), output
    assert len(rules(report)) <= len(STRICT[name]) + MOST_FINDINGS, output


def test_the_document_is_the_one_that_fastapi_generates() -> None:
    """If this fails, write the output of the command to the document."""
    command = [str(PYTHON), "server.py"]
    generated = subprocess.run(
        command, cwd=FOLDER / "deployments", capture_output=True, text=True, check=True
    )
    assert json.loads(generated.stdout) == json.loads(document_of("deployments").read_text("utf-8"))
