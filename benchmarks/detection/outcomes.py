"""Outcomes kept in a file, a line each, so that a run of hours goes on where it was broken off."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from threading import Lock
from typing import Any

from .tools import Finding, Outcome

Key = tuple[str, str, int]  # subject, tool, seed


class Outcomes:
    """Those of a file, to which more are added; of none, when it is None."""

    def __init__(self, file: Path | None) -> None:
        self._file, self._lock = file, Lock()
        lines = file.read_text("utf-8").splitlines() if file and file.exists() else []
        self._known = dict(map(_read, lines))

    def known(self, key: Key) -> Outcome | None:
        """The outcome of an earlier run."""
        return self._known.get(key)

    def add(self, key: Key, outcome: Outcome) -> None:
        """Keeps an outcome."""
        if self._file:
            with self._lock, self._file.open("a", encoding="utf-8") as kept:
                kept.write(json.dumps({"key": key, "outcome": asdict(outcome)}) + "\n")


def _read(line: str) -> tuple[Key, Outcome]:
    read: dict[str, Any] = json.loads(line)
    subject, tool, seed = read["key"]
    findings = tuple(
        Finding(tuple(each["operations"]), each["told"], each["seconds"])
        for each in read["outcome"].pop("findings")
    )
    return (subject, tool, seed), Outcome(findings=findings, **read["outcome"])
