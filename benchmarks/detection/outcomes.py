"""Save outcomes in a file, one per line, so that an interrupted run can continue."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from threading import Lock
from typing import Any

from .tools import Finding, Outcome

Key = tuple[str, str, int]  # subject, tool, seed


class OutcomeFile:
    """The outcomes in a file. Without a file, nothing is saved."""

    def __init__(self, file: Path | None) -> None:
        self._file, self._lock = file, Lock()
        lines = file.read_text("utf-8").splitlines() if file and file.exists() else []
        self._outcomes = dict(map(_parse, lines))

    def get(self, key: Key) -> Outcome | None:
        """Return the outcome that an earlier run saved."""
        return self._outcomes.get(key)

    def add(self, key: Key, outcome: Outcome) -> None:
        """Append an outcome to the file."""
        if self._file:
            with self._lock, self._file.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"key": key, "outcome": asdict(outcome)}) + "\n")


def _parse(line: str) -> tuple[Key, Outcome]:
    record: dict[str, Any] = json.loads(line)
    subject, tool, seed = record["key"]
    findings = tuple(
        Finding(tuple(finding["operations"]), finding["text"], finding["seconds"])
        for finding in record["outcome"].pop("findings")
    )
    return (subject, tool, seed), Outcome(findings=findings, **record["outcome"])
