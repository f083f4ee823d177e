"""The tools that judge a server, each to a list of findings in one form."""

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
LONGEST = 300  # seconds
OPTIONAL = "watchPackageRelease"
# parts of a finding that show the request again, or repeat what the contract says
UNTOLD = {
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
    """operations: operationIds, or whatever else the tool calls them. told: "rule: the rest".

    seconds: from the beginning of the run.
    """

    operations: tuple[str, ...]
    told: str
    seconds: float


@dataclass(frozen=True)
class Outcome:
    """What a tool said of a server. status: its exit code. last: the end of what it printed."""

    findings: tuple[Finding, ...]
    seconds: float
    status: int
    last: str

    @property
    def unjudged(self) -> bool:
        """Whether it could not say anything."""
        return self.status not in (0, 1)


def ours(base: str, seed: int, folder: Path) -> Outcome:
    """The contract run."""
    report = folder / "verdict.json"
    command = [sys.executable, "-m", "contract_tests.cli", "--target", base]
    command += ["--token", TOKEN, "--other-token", OTHER_TOKEN, "--seed", str(seed)]
    command += ["--build-timeout", "15"]
    command += ["--report-json", str(report)]
    status, printed, spent = run(command, folder)
    found = (
        tuple(of_report(json.loads(report.read_text("utf-8")), spent)) if report.exists() else ()
    )
    return Outcome(found, spent, status, printed[-400:])


def of_report(report: Mapping[str, Any], spent: float) -> Iterator[Finding]:
    """The findings of a report in JSON, of a run that took so many seconds with its start."""
    began, starting = datetime.fromisoformat(report["started_at"]), spent - report["seconds"]
    for found in report["findings"]:
        after = datetime.fromisoformat(found["first_seen"]) - began
        told = f"{found['rule']}: {' '.join(leaves(found))}"
        yield Finding(tuple(found["operations"]), told, starting + after.total_seconds())


def leaves(value: Any) -> Iterator[str]:
    """All that a finding tells, apart from what shows the request again."""
    if isinstance(value, dict):
        for name, member in value.items():
            if name not in UNTOLD:
                yield from leaves(member)
    elif isinstance(value, list):
        for item in value:
            yield from leaves(item)
    elif isinstance(value, str):
        yield value


def dataset(base: str, seed: int, folder: Path) -> Outcome:
    """Schemathesis as it comes, with all its checks and phases, and the token."""
    report = folder / "events.ndjson"
    command = [sys.executable, "-m", "schemathesis.cli", "run", str(SPEC), "-u", base]
    command += ["-H", f"Authorization: Bearer {TOKEN}", "--checks", "all", "--seed", str(seed)]
    command += ["--max-response-time", "1", "--continue-on-failure"]
    command += ["--exclude-operation-id", OPTIONAL, "--generation-database", "none"]
    command += ["--report", "ndjson", "--report-ndjson-path", str(report)]
    status, printed, spent = run(command, folder)
    found = tuple(of_events(report)) if report.exists() else ()
    return Outcome(found, spent, status, printed[-400:])


def of_events(report: Path) -> Iterator[Finding]:
    """The failures among the events of a run."""
    names, began = operation_ids(), None
    for line in report.read_text("utf-8").splitlines():
        for event in json.loads(line).values():
            if not isinstance(event, dict) or "timestamp" not in event:
                continue
            began = began or event["timestamp"]
            for failure in failures(event):
                label = str(failure.get("operation"))
                told = f"{failure['title']}: {' '.join(str(failure.get('message')).split())}"
                yield Finding((names.get(label, label),), told, event["timestamp"] - began)


def failures(value: Any) -> Iterator[Mapping[str, Any]]:
    """Every failed check in an event."""
    if isinstance(value, dict):
        if isinstance(value.get("failure"), dict):
            yield value["failure"]
        for member in value.values():
            yield from failures(member)
    elif isinstance(value, list):
        for item in value:
            yield from failures(item)


@cache
def operation_ids() -> dict[str, str]:
    """By method and path, the operationId."""
    paths = yaml.safe_load(SPEC.read_text("utf-8"))["paths"]
    return {
        f"{method.upper()} {path}": operation["operationId"]
        for path, item in paths.items()
        for method, operation in item.items()
        if isinstance(operation, dict) and "operationId" in operation
    }


def run(command: list[str], folder: Path) -> tuple[int, str, float]:
    """Exit code, what was printed, and how many seconds it took."""
    began = time.perf_counter()
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1"},
            capture_output=True,
            text=True,
            timeout=LONGEST,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return 2, f"not done within {LONGEST} s", time.perf_counter() - began
    return done.returncode, done.stdout + done.stderr, time.perf_counter() - began


TOOLS: dict[str, Callable[[str, int, Path], Outcome]] = {"ours": ours, "stock": dataset}
