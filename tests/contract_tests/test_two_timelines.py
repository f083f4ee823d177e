"""A contract run on a server with two timelines: it holds, and a finding names each planted bug."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.helpers.contract_runs import contract_tests
from tests.helpers.observatory import ADA, BOB, SPEC
from tests.helpers.observatory_server import BUGS, running

MOST_FINDINGS = 3  # of one bug
# Each bug with the operation, the rule and the words of a finding that names it
FINDINGS = {
    "not-stored": ("createTelescope", "created", "must be found by its number"),
    "other-target": ("createExposure", "created", "must have the values of the request"),
    "lost-update": ("updateTelescope", "updated", "must be read as it was changed"),
    "still-found": ("deleteExposure", "deleted", "an exposure that was deleted must not be found"),
    "orphan-stays": ("deleteTelescope", "deleted", "after its telescope was deleted"),
    "old-list": ("listExposures", "listed", "must show an exposure as a read does"),
    "page-loses": ("listExposures", "page", "the pages must contain every resource"),
    "page-repeats": ("listTelescopes", "page", "the pages must contain each telescope once"),
    "wrong-total": ("listTelescopes", "page", "the right total"),
    "filter-ignored": ("listTelescopes", "filter", "matches the filter mode"),
    "abort-after-the-end": ("abortExposure", "transition", "409"),
    "wrong-refusal": ("abortExposure", "transition", "409"),
    "refusal-changes": ("updateTelescope", "refused", "must not change when a request is refused"),
    "any-observer": ("deleteTelescope", "ownership", "must refuse a caller that does not own"),
    "taken-is-invalid": ("createTelescope", "unique", "with the same name with 409"),
    "name-twice": ("createTelescope", "unique", "must refuse a second telescope"),
    "repeat-renames": ("repeatExposure", "restarted", "must not change seconds of an exposure"),
    "calibration-lost": ("calibrateTelescope", "restarted", "must start again after a restart"),
    "another-telescope": ("getTelescope", "unknown-key", "must return 404 for a telescope"),
    "empty-for-unknown": ("listExposures", "unknown-key", "must return 404 for a telescope"),
    "stream-ends-early": ("watchExposure", "stream", "must describe the same exposure as a read"),
}


def ran(bug: str, folder: Path, *options: str) -> tuple[int, str, list[tuple[str, str, str]]]:
    """Run `contract-tests --strict` on the server; return the exit code, the output, and the
    operation, the rule and the words of each finding."""
    report = folder / "report.json"
    with running(bug) as target:
        run = contract_tests(
            *("--spec", str(SPEC), "--target", target, "--strict"),
            *("--token", ADA, "--other-token", BOB, "--max-examples", "1"),
            *("--findings", str(folder / "findings"), "--report-json", str(report)),
            *options,
        )
    assert report.is_file(), run.stdout + run.stderr
    named = [
        (operation, finding["requirement"] or finding["rule"], f"{finding}")
        for finding in json.loads(report.read_text("utf-8"))["findings"]
        for operation in finding["operations"]
    ]
    return run.returncode, run.stdout, named


def test_each_bug_has_a_finding() -> None:
    assert FINDINGS.keys() == BUGS.keys()


def test_the_server_holds_in_the_checks_of_resources(tmp_path: Path) -> None:
    status, output, findings = ran("", tmp_path, "-k", "resources")
    assert (status, findings) == (0, []), output


@pytest.mark.slow
def test_the_server_holds_in_all_checks(tmp_path: Path) -> None:
    status, output, findings = ran("", tmp_path)
    assert (status, findings) == (0, []), output
    assert "holds: 14 of 14 operations, 3 of 3 rules" in output


@pytest.mark.slow
@pytest.mark.parametrize("bug", FINDINGS)
def test_a_planted_bug_is_named(bug: str, tmp_path: Path) -> None:
    status, output, findings = ran(bug, tmp_path, "-k", "resources")
    operation, rule, words = FINDINGS[bug]
    assert status == 1, output
    assert any((operation, rule) == named[:2] and words in named[2] for named in findings), output
    assert len({rule for _, rule, _ in findings}) <= MOST_FINDINGS, output
