"""The reports: each a small function of the one verdict."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from ..config.options import Settings
from ..findings.verdict import Verdict
from . import as_json, github, har, junit, page, sarif

REPORTS: dict[str, Callable[[Verdict], str]] = {
    "report_json": as_json.text,
    "report_junit": junit.text,
    "report_html": page.text,
    "report_sarif": sarif.text,
    "report_har": har.text,
}


def write(verdict: Verdict, settings: Settings) -> list[str]:
    """Writes the reports that are asked for; returns what could not be written, and why."""
    troubles = []
    for option, report in REPORTS.items():
        file: Path | None = getattr(settings, option)
        if file is not None:
            try:
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(report(verdict), "utf-8")
            except OSError as error:
                troubles.append(f"{file}: cannot be written: {error.strerror}")
    return troubles


def for_github(settings: Settings, environ: Mapping[str, str]) -> bool:
    """Whether annotations are asked for, or the run is one of GitHub Actions."""
    return settings.report_github or environ.get("GITHUB_ACTIONS") == "true"


def summarise(verdict: Verdict, environ: Mapping[str, str]) -> None:
    """Adds to the summary of a step of GitHub Actions, where there is one."""
    summary = environ.get("GITHUB_STEP_SUMMARY")
    if summary:
        with Path(summary).open("a", encoding="utf-8") as file:
            file.write(github.summary(verdict))
