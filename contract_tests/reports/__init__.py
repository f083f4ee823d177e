"""The reports: one function per format, each from a verdict to a text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from mock_server.foundation import whole_files

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
    """Write the reports that the settings request; return a message for each that failed."""
    problems = []
    for option, report in REPORTS.items():
        file: Path | None = getattr(settings, option)
        if file is not None:
            try:
                whole_files.write(file, report(verdict).encode())
            except OSError as error:
                problems.append(f"{file}: cannot be written: {error.strerror}")
    return problems


def for_github(settings: Settings, environ: Mapping[str, str]) -> bool:
    """Return whether to print annotations: on request, and in a run of GitHub Actions."""
    return settings.report_github or environ.get("GITHUB_ACTIONS") == "true"


def append_summary(verdict: Verdict, environ: Mapping[str, str]) -> str:
    """Append the verdict to the summary of a GitHub Actions step, if there is one.

    Returns a message if it cannot be written.
    """
    summary = environ.get("GITHUB_STEP_SUMMARY")
    try:
        if summary:
            with Path(summary).open("a", encoding="utf-8") as file:
                file.write(github.summary(verdict))
    except OSError as error:
        return f"{error.filename}: cannot be written: {error.strerror}"
    return ""
