"""The findings as SARIF 2.1.0, each at the line of the contract that the target breaks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from mock_server.contract.violations import Violation

from ..config.options import BaselineEntry
from ..findings.findings import Finding
from ..findings.verdict import Verdict
from .terminal import explanation_label

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def text(verdict: Verdict) -> str:
    """Return the findings as JSON text."""
    findings = [*verdict.findings, *(finding for finding, _ in verdict.accepted)]
    rules = {finding.rule: finding.violation.message for finding in findings}
    driver = {
        "name": "contract-tests",
        "rules": [
            {"id": rule, "shortDescription": {"text": message}} for rule, message in rules.items()
        ],
    }
    levels = {finding.id: "error" for finding in verdict.failing}
    results = [_result(each, levels.get(each.id, "warning"), None) for each in verdict.findings]
    results += [_result(finding, "note", entry) for finding, entry in verdict.accepted]
    run = {"tool": {"driver": driver}, "invocations": [_invocation(verdict)], "results": results}
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=2, ensure_ascii=False) + "\n"


def _invocation(verdict: Verdict) -> dict[str, Any]:
    invocation: dict[str, Any] = {
        "executionSuccessful": not verdict.problem,
        "exitCode": verdict.exit_code,
    }
    problems = [verdict.problem] if verdict.problem else list(verdict.outdated)
    if problems:
        invocation["toolExecutionNotifications"] = [
            {"level": "error", "message": {"text": problem}} for problem in problems
        ]
    return invocation


def _result(finding: Finding, level: str, entry: BaselineEntry | None) -> dict[str, Any]:
    violation = finding.violation
    operations = ", ".join(finding.operation_names)
    found = f"; found {violation.found}" if violation.found else ""
    file, line, column = source_location(finding)
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "level": level,
        "message": {"text": f"{operations}: {violation.message}{found}{_explanation(violation)}"},
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


def _explanation(violation: Violation) -> str:
    """Return why the violation is one, or how to fix it."""
    return f"; {explanation_label(violation)}: {violation.fix}" if violation.fix else ""


def source_location(finding: Finding) -> tuple[str, int, int]:
    """Return the contract's file, the line and the column of a finding.

    The file is relative to the current folder, or only its name if it is not below it.
    """
    name, line, column = finding.location.rsplit(":", 2)
    file, folder = Path(name).absolute(), Path.cwd()
    relative = file.relative_to(folder) if file.is_relative_to(folder) else Path(file.name)
    return relative.as_posix(), int(line), int(column)
