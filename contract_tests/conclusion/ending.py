"""The lines that a run prints first, and the steps after its verdict: files, reports, output."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from .. import reports
from ..config.configuration import FILE
from ..config.options import BaselineEntry, Settings
from ..config.sharding import SINGLE_SHARD
from ..exit_codes import CannotJudgeError
from ..findings.baseline import BASELINE_PERIOD, today, write_baseline
from ..findings.verdict import Verdict
from ..process import interruption
from ..replay import example_database, finding_files
from ..reports import for_github, terminal
from ..reports.printable import printable
from ..run.run import Run
from ..target.roles import follows_timeline, lookups, restarts, timed_name, timed_type

LISTED_RESOURCES = 4  # in the first line of a run


def change_notice(run: Run) -> str:
    """Return one line about what the run is going to change on the target."""
    if not follows_timeline(run.spec):
        if run.settings.read_only:
            return "will change nothing: --read-only sends only requests that read"
        return (
            f"will create, change and delete resources at {run.target.base} (to prevent this, use"
            " --read-only)"
        )
    names = [each.id for each, _ in lookups(run.spec) if restarts(run.spec, each)]
    if run.excluded:
        return f"will restart nothing: --read-only skips {', '.join(names)}"
    token, key = run.target.token, timed_type(run.spec).key
    if token is None:
        return (
            "will restart nothing: without --token, only restart requests without credentials"
            " are sent"
        )
    resources = list(run.resources(of_token=token)) or [
        r for r, _ in run.known.of(timed_name(run.spec))
    ]
    listed = ", ".join(str(resource[key]) for resource in resources[:LISTED_RESOURCES])
    others = len(resources) - LISTED_RESOURCES
    more = f" and {others} more" if others > 0 else ""
    return f"will restart {listed}{more} at {run.target.base} (to prevent this, use --read-only)"


def conclude(
    verdict: Verdict, settings: Settings, environ: Mapping[str, str]
) -> tuple[Verdict, list[str]]:
    """Write the finding files, the baseline, the example database and the reports.

    Returns the verdict after that, and remarks to print. A file that cannot be written makes the
    verdict incomplete.
    """
    remarks: list[str] = []
    try:
        if not verdict.recorded:  # a recording has no credentials, so nothing can be sent again
            shards = verdict.shard_by_finding
            finding_files.write(verdict.findings, settings, verdict.redaction, shards)
        if settings.write_baseline and not (verdict.error or verdict.stopped):
            verdict, remark = _with_new_baseline(verdict, settings)
            remarks.append(remark)
        if not verdict.recorded:
            example_database.save(verdict, settings)
    except CannotJudgeError as error:
        remarks.append(str(error))
        verdict = _with_unverified(verdict, {"the example database": str(error)})
    except OSError as error:
        remarks.append(f"{error.filename}: cannot be written: {error.strerror}")
        verdict = _with_unverified(verdict, {"reports": remarks[-1]})
    verdict = _with_reports(verdict, settings)
    interruption_reason = interruption.end()
    if interruption_reason and not verdict.stopped:  # while the files were written
        verdict = _with_reports(replace(verdict, stopped=interruption_reason), settings)
    problem = reports.append_summary(verdict, environ) if for_github(settings, environ) else ""
    if problem:
        remarks.append(problem)
        verdict = _with_unverified(verdict, {"reports": problem})
    return verdict, remarks


def _with_reports(verdict: Verdict, settings: Settings) -> Verdict:
    """Write the reports; return the verdict, which is incomplete if one cannot be written."""
    problems = reports.write(verdict, settings)
    return _with_unverified(verdict, dict.fromkeys(problems, "the report is missing"))


def _with_unverified(verdict: Verdict, reasons: Mapping[str, str]) -> Verdict:
    return replace(verdict, unverified={**verdict.unverified, **reasons})


def _with_new_baseline(verdict: Verdict, settings: Settings) -> tuple[Verdict, str]:
    """Add all findings to the baseline; return the verdict that accepts them, and a remark."""
    file = settings.config or Path(FILE)
    expires = today() + BASELINE_PERIOD
    number = write_baseline(file, verdict.findings, expires)
    accepted = tuple(
        (
            finding,
            BaselineEntry(
                rule=finding.rule,
                reason="added to the baseline",
                location=str(file),
                about=finding.about,
                expires=expires,
            ),
        )
        for finding in verdict.findings
    )
    verdict = replace(
        verdict,
        findings=(),
        accepted=(*verdict.accepted, *accepted),
        accept_entries=(*verdict.accept_entries, *(entry for _, entry in accepted)),
    )
    return verdict, f"entries added to {file}: {number}"


def merge_settings(verdict: Verdict, settings: Settings) -> Settings:
    """Return the settings to conclude a merged verdict: those of its run, with the report options
    and the findings folder of the merge."""
    names = [name for name in finding_files.REPEATED if name in verdict.run_settings]
    values: dict[str, Any] = {name: verdict.run_settings[name] for name in names}
    # JSON has no tuples.
    values = {name: tuple(v) if isinstance(v, list) else v for name, v in values.items()}
    spec = verdict.run_settings.get("spec")
    return replace(
        settings,
        **values,
        target=verdict.target,
        spec=Path(spec) if spec else None,
        overlay=tuple(map(Path, verdict.run_settings.get("overlay", ()))),
        shard=SINGLE_SHARD,
        example_database=None,
        known_releases={},
    )


def lines(verdict: Verdict, settings: Settings, environ: Mapping[str, str]) -> Iterator[str]:
    """Yield the lines to print about a verdict."""
    yield from map(printable, terminal.lines(verdict, settings.verbose))
    if for_github(settings, environ):
        yield from map(printable, reports.github.commands(verdict))
