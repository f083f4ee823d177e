"""A contract run holds on the server of the deployments API, and names each planted bug."""

import json
from pathlib import Path

import pytest

from examples.deployments.server.bugs import BUGS
from tests.helpers.contract_runs import contract_tests
from tests.helpers.deployments import AURORA, BOREALIS, SPEC, running

pytestmark = pytest.mark.slow

MOST_RULES = 4  # that one bug breaks
# Each bug with the operation and the rule of a finding that names it
FINDINGS = {
    "lost-cancel": ("cancelDeployment", "transition"),
    "cancel-after-the-end": ("cancelDeployment", "transition"),
    "page-repeats": ("listDeployments", "page"),
    "page-loses": ("listDeployments", "page"),
    "any-project": ("listDeployments", "unknown-key"),
    "any-team": ("redeploy", "ownership"),
    "not-stored": ("createDeployment", "created"),
    "old-list": ("listDeployments", "listed"),
    "without-ready-at": ("cancelDeployment", "ready-at-exactly-when-ended"),
    "seconds": ("createProject", "minimum"),
    "filter-ignored": ("listDeployments", "filter"),
    "another-deployment": ("getDeployment", "unknown-key"),
    "still-listed": ("listProjects", "deleted"),
    "still-found": ("deleteProject", "deleted"),
    "redeploy-keeps-log": ("redeploy", "redeploy-starts-again"),
    "lost-rename": ("updateProject", "updated"),
    "name-twice": ("createProject", "unique"),
    "delete-unknown": ("deleteProject", "unknown-key"),
    "stream-without-an-entry": ("watchDeployment", "stream"),
}


def ran(bug: str, folder: Path, *options: str) -> tuple[int, str, list[tuple[str, str]]]:
    """Run `contract-tests --strict` on the server; return the exit code, the output and the
    operation and rule of each finding."""
    report = folder / "report.json"
    with running(bug) as target:
        run = contract_tests(
            *("--spec", str(SPEC), "--target", target, "--strict"),
            *("--token", AURORA, "--other-token", BOREALIS),
            *("--findings", str(folder / "findings"), "--report-json", str(report)),
            *options,
        )
    assert report.is_file(), run.stdout + run.stderr
    findings = json.loads(report.read_text("utf-8"))["findings"]
    named = [
        (operation, finding["requirement"] or finding["rule"])
        for finding in findings
        for operation in finding["operations"]
    ]
    return run.returncode, run.stdout, named


def test_the_server_holds_without_a_hint(tmp_path: Path) -> None:
    status, output, findings = ran("", tmp_path)
    assert (status, findings) == (0, []), output
    assert "holds: 12 of 12 operations, 27 of 27 rules" in output


def test_the_server_that_is_only_read_holds(tmp_path: Path) -> None:
    status, output, findings = ran("", tmp_path, "--read-only", "--max-examples", "3")
    assert (status, findings) == (0, []), output


def test_each_bug_has_a_finding() -> None:
    assert FINDINGS.keys() == BUGS.keys()


@pytest.mark.parametrize("bug", FINDINGS)
def test_a_planted_bug_is_named(bug: str, tmp_path: Path) -> None:
    status, output, findings = ran(bug, tmp_path, "--max-examples", "3")
    assert status == 1, output
    assert FINDINGS[bug] in findings, output
    assert len({rule for _, rule in findings}) <= MOST_RULES, output
