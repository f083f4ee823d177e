"""Servers with the defaults of FastAPI, Flask and Express: each cause is named at once.

Developers wrote the first versions from `openapi.yaml` alone. The second versions hold.
"""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.contract_runs import contract_tests
from tests.helpers.framework_servers import COMMANDS, OPTIONS, serving

pytestmark = pytest.mark.slow

MOST_ERRORS = 8
MOST_LINES = 150

# Causes that the JSON decoder of a language has: patterns for findings.
LENIENT_JSON = {
    "an object may have the same key twice": r" json-unique-keys",
    "a body may be UTF-16": r" json-utf-8",
}
LENIENT_PYTHON = LENIENT_JSON | {"NaN and Infinity are accepted": r" json-constants"}
# Framework → each cause in the code of the first version, with a pattern for its finding.
CAUSES = {
    "fastapi": LENIENT_PYTHON
    | {
        "a rebuild of a failed release crashes": r" .*rebuildPackageRelease.* found 500",
        "the crash leaves one of two processes reset": r" processes-run-in-order",
        "null is accepted": r" invalid-request .*findPackage.*must be text",
        "0 and 1 are accepted as booleans": r" invalid-request .*is_latest",
        "include_logs=yes is accepted": r" invalid-request .*include_logs",
        "the body is parsed first": r" (credentials-first|media-type) .* found 400",
        "the size of the body is checked first": r" credentials-first .* found 413",
        "the media type is checked before authentication": r" credentials-first .* found 415",
        "an issue has no valid location": r" issue-location",
        "HEAD is not supported": r" head",
        "Allow names one method": r" allow",
        "OPTIONS is not supported": r" options",
        "a trailing slash redirects": r" trailing-slash .* found 307",
        "the last value of a repeated parameter counts": r" repeated-parameter",
    },
    "flask": LENIENT_PYTHON
    | {
        "the error handler drops Allow": r" (allow|outside-errors) .*Allow",
        "HEAD reads a body, since only GET reads the query": r" head .* found 415",
        "OPTIONS returns 200": r" options .* found 200",
        "all media types that end with +json are accepted": r" media-type",
        "deep nesting crashes the JSON decoder": r" status 500 .* found 500",
        "the scheme is compared with case": r" scheme-case",
        "the first value of a repeated parameter counts": r" repeated-parameter",
    },
    "express": LENIENT_JSON
    | {
        "text after the token is ignored": r" credentials .*text beside the token",
        "members of every object are tokens": r" credentials .*an unknown token",
        "the scheme is compared with case": r" scheme-case",
        "the body is parsed first": r" credentials-first .* found 4(00|13)",
        "include_logs is checked after the lookup": r" .*include_logs",
        "an issue has no valid location": r" issue-location",
        "no path has 405": r" (method|trace) .* found 404",
        "OPTIONS returns 200": r" options .* found 200",
        "a trailing slash makes no difference": r" trailing-slash",
    },
}


def lines_of(report: dict[str, Any]) -> list[str]:
    """Return each finding of a JSON report as a line."""
    return [
        f"{finding['level']} {finding['requirement'] or finding['rule']}"
        f" {','.join(finding['operations'])}: {finding['expected']}"
        f" ({finding['explanation']}) found {finding['found']}"
        for finding in report["findings"]
    ]


def ran(framework: str, version: str, folder: Path, *options: str) -> tuple[int, str, list[str]]:
    """Run `contract-tests` on a server; return the exit code, the output and the findings."""
    report = folder / "report.json"
    with serving(framework, version) as target:
        files = ("--findings", str(folder / "findings"), "--report-json", str(report))
        run = contract_tests("--target", target, *OPTIONS, *files, *options)
    assert report.is_file(), run.stdout + run.stderr
    return run.returncode, run.stdout, lines_of(json.loads(report.read_text("utf-8")))


@pytest.mark.parametrize("framework", COMMANDS)
def test_the_first_run_names_every_cause_and_nothing_else(framework: str, tmp_path: Path) -> None:
    """It has at most eight errors, and its output is at most 150 lines long."""
    status, output, findings = ran(framework, "first", tmp_path)
    causes = CAUSES[framework]
    unnamed = [
        cause
        for cause, pattern in causes.items()
        if not any(re.search(pattern, finding) for finding in findings)
    ]
    unexplained = [
        finding
        for finding in findings
        if not any(re.search(pattern, finding) for pattern in causes.values())
    ]
    assert (status, unnamed, unexplained) == (1, [], [])
    assert len([finding for finding in findings if finding.startswith("error ")]) <= MOST_ERRORS
    assert len(output.splitlines()) <= MOST_LINES


@pytest.mark.parametrize("options", [(), ("--strict",)], ids=["default", "strict"])
@pytest.mark.parametrize("framework", COMMANDS)
def test_the_second_version_holds(framework: str, options: tuple[str, ...], tmp_path: Path) -> None:
    status, output, findings = ran(framework, "fixed", tmp_path, *options)
    assert (status, findings) == (0, []), output
