"""The findings as SARIF 2.1.0, each at the line of the contract that is broken."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ..config.options import BaselineEntry
from ..findings.findings import Finding
from ..findings.verdict import Verdict

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def text(verdict: Verdict) -> str:
    """The findings as a JSON text."""
    findings = [*verdict.findings, *(finding for finding, _ in verdict.accepted)]
    rules = {finding.violation.rule: finding.violation.message for finding in findings}
    results = [_result(finding, None) for finding in verdict.findings]
    results += [_result(finding, entry) for finding, entry in verdict.accepted]
    ended: dict[str, Any] = {
        "executionSuccessful": not verdict.trouble,
        "exitCode": verdict.exit_code,
    }
    if verdict.trouble or verdict.outdated:
        told = [verdict.trouble] if verdict.trouble else list(verdict.outdated)
        ended["toolExecutionNotifications"] = [
            {"level": "error", "message": {"text": each}} for each in told
        ]
    run = {
        "tool": {
            "driver": {
                "name": "contract-tests",
                "rules": [
                    {"id": rule, "shortDescription": {"text": message}}
                    for rule, message in rules.items()
                ],
            }
        },
        "invocations": [ended],
        "results": results,
    }
    whole = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


def _result(finding: Finding, entry: BaselineEntry | None) -> dict[str, Any]:
    violation = finding.violation
    names = ", ".join(finding.names)
    found = f"; found {violation.found}" if violation.found else ""
    file, line, column = located(finding)
    result: dict[str, Any] = {
        "ruleId": violation.rule,
        "level": "note" if entry else "error",
        "message": {"text": f"{names}: {violation.message}{found}"},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": file},
                    "region": {"startLine": line, "startColumn": column},
                }
            }
        ],
        "partialFingerprints": {"finding/v1": finding.id},
        "occurrenceCount": finding.count,
    }
    if entry:
        result["suppressions"] = [{"kind": "external", "justification": entry.reason}]
    return result


def located(finding: Finding) -> tuple[str, int, int]:
    """The file of a finding, as seen from here when it lies below, its line and column."""
    name, line, column = finding.place.rsplit(":", 2)
    file, here = Path(name).absolute(), Path.cwd()
    below = file.relative_to(here) if file.is_relative_to(here) else Path(file.name)
    return below.as_posix(), int(line), int(column)
