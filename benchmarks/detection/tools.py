"""The tools that judge a server. Each one returns its findings in the same form."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from .catalogue import ROOT

SPEC = ROOT / "openapi.yaml"
TOKEN, OTHER_TOKEN = "testuser-token", "otheruser-token"
TIMEOUT = 300  # seconds
OPTIONAL_OPERATION = "watchPackageRelease"
# Members of a finding that repeat the request or the contract.
IGNORED_MEMBERS = {
    "curl",
    "steps",
    "exchanges",
    "replay",
    "request",
    "response",
    "contract_pointer",
    "id",
    "file",
}


@dataclass(frozen=True)
class Finding:
    """A finding of a tool.

    operations: operationIds, or the tool's name of an operation that is not documented.
    text: "rule: details".
    seconds: from the start of the run.
    """

    operations: tuple[str, ...]
    text: str
    seconds: float


@dataclass(frozen=True)
class Outcome:
    """The result of a tool. status: its exit code. output: the end of what it printed."""

    findings: tuple[Finding, ...]
    seconds: float
    status: int
    output: str

    @property
    def unjudged(self) -> bool:
        """Whether the exit code says that the server could not be judged."""
        return self.status not in (0, 1)


def run_contract_tests(base_url: str, seed: int, folder: Path) -> Outcome:
    """Run contract-tests."""
    report = folder / "verdict.json"
    command = [sys.executable, "-m", "contract_tests.cli", "--target", base_url]
    command += ["--token", TOKEN, "--other-token", OTHER_TOKEN, "--seed", str(seed)]
    command += ["--build-timeout", "15", "--strict"]
    command += ["--report-json", str(report)]
    status, output, seconds = run(command, folder)
    findings: tuple[Finding, ...] = ()
    if report.exists():
        findings = tuple(parse_report(json.loads(report.read_text("utf-8")), seconds))
    return Outcome(findings, seconds, status, output[-400:])


def parse_report(report: Mapping[str, Any], seconds: float) -> Iterator[Finding]:
    """Yield the findings of a JSON report. seconds: of the whole process, with its start-up."""
    started_at, start_up = datetime.fromisoformat(report["started_at"]), seconds - report["seconds"]
    for finding in report["findings"]:
        after = datetime.fromisoformat(finding["first_seen"]) - started_at
        text = f"{finding['rule']}: {' '.join(_strings(finding))}"
        yield Finding(tuple(finding["operations"]), text, start_up + after.total_seconds())


def _strings(value: Any) -> Iterator[str]:
    """Yield all strings of a finding, without the ignored members."""
    if isinstance(value, dict):
        for name, member in value.items():
            if name not in IGNORED_MEMBERS:
                yield from _strings(member)
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)
    elif isinstance(value, str):
        yield value


def run_schemathesis(base_url: str, seed: int, folder: Path) -> Outcome:
    """Run Schemathesis with its default settings, all checks and phases, and the token."""
    report = folder / "events.ndjson"
    command = [sys.executable, "-m", "schemathesis.cli", "run", str(SPEC), "-u", base_url]
    command += ["-H", f"Authorization: Bearer {TOKEN}", "--checks", "all", "--seed", str(seed)]
    command += ["--max-response-time", "1", "--continue-on-failure"]
    command += ["--exclude-operation-id", OPTIONAL_OPERATION, "--generation-database", "none"]
    command += ["--report", "ndjson", "--report-ndjson-path", str(report)]
    status, output, seconds = run(command, folder)
    findings = tuple(parse_events(report)) if report.exists() else ()
    return Outcome(findings, seconds, status, output[-400:])


def parse_events(report: Path) -> Iterator[Finding]:
    """Yield the failures in the events of a Schemathesis run."""
    names, started_at = operation_ids(), None
    for line in report.read_text("utf-8").splitlines():
        for event in json.loads(line).values():
            if not isinstance(event, dict) or "timestamp" not in event:
                continue
            started_at = started_at or event["timestamp"]
            for failure in _failures(event):
                label = str(failure.get("operation"))
                text = f"{failure['title']}: {' '.join(str(failure.get('message')).split())}"
                seconds = event["timestamp"] - started_at
                yield Finding((names.get(label, label),), text, seconds)


def _failures(value: Any) -> Iterator[Mapping[str, Any]]:
    """Yield every failed check of an event."""
    if isinstance(value, dict):
        if isinstance(value.get("failure"), dict):
            yield value["failure"]
        for member in value.values():
            yield from _failures(member)
    elif isinstance(value, list):
        for item in value:
            yield from _failures(item)


@cache
def operation_ids() -> dict[str, str]:
    """Return the operationId of each ``METHOD /path``."""
    paths = yaml.safe_load(SPEC.read_text("utf-8"))["paths"]
    return {
        f"{method.upper()} {path}": operation["operationId"]
        for path, item in paths.items()
        for method, operation in item.items()
        if isinstance(operation, dict) and "operationId" in operation
    }


def run(command: list[str], folder: Path) -> tuple[int, str, float]:
    """Run a command. Return the exit code, the output, and the seconds."""
    started_at = time.perf_counter()
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1"},
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return 2, f"stopped after {TIMEOUT} s", time.perf_counter() - started_at
    return done.returncode, done.stdout + done.stderr, time.perf_counter() - started_at


CONTRACT_TESTS, SCHEMATHESIS = "contract-tests", "schemathesis"
TOOLS: dict[str, Callable[[str, int, Path], Outcome]] = {
    CONTRACT_TESTS: run_contract_tests,
    SCHEMATHESIS: run_schemathesis,
}
