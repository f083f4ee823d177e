"""What is told before a run, and what is done with its verdict after it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from .. import reports
from ..config.configuration import FILE
from ..config.options import BaselineEntry, Settings
from ..config.sharding import WHOLE
from ..exit_codes import CannotJudgeError
from ..findings.baseline import GRACE, today, write_baseline
from ..findings.verdict import Verdict
from ..replay import example_database as recalled
from ..replay import finding_files
from ..reports import terminal
from ..run.run import Run
from ..target.roles import lookups, restarts

MOST_NAMED = 4


def announced(run: Run) -> str:
    """One line that says beforehand what a run will rebuild."""
    names = [each.id for each, _ in lookups(run.spec) if restarts(run.spec, each)]
    if run.excluded:
        return f"{', '.join(names)} is not asked (--read-only)"
    token, key = run.target.token, run.spec.entities[run.spec.release].key
    if token is None:
        return "no --token: a rebuild is asked for only without credentials, to be refused"
    own = list(run.releases(of_token=token)) or [r for r, _ in run.known.of(run.spec.release)]
    named = ", ".join(str(release[key]) for release in own[:MOST_NAMED])
    more = f" and {len(own) - MOST_NAMED} more" if len(own) > MOST_NAMED else ""
    return f"will rebuild {named}{more} at {run.target.base} (--read-only rebuilds nothing)"


def ended(
    verdict: Verdict, settings: Settings, environ: Mapping[str, str]
) -> tuple[Verdict, list[str]]:
    """Keeps the findings, begins a list of accepted ones if asked to, and writes the reports.

    Returns the verdict after that, and remarks about it.
    """
    remarks = []
    try:
        finding_files.keep(verdict.findings, settings, verdict.redaction, verdict.found_in)
        if settings.write_baseline and not verdict.trouble:
            file = settings.config or Path(FILE)
            number = write_baseline(file, verdict.findings, today() + GRACE)
            verdict = _all_accepted(verdict, file)
            remarks.append(f"entries added to {file}: {number}")
        if reports.for_github(settings, environ):
            reports.summarise(verdict, environ)
        recalled.keep(verdict, settings)
    except CannotJudgeError as error:
        remarks.append(str(error))
        told = {**verdict.unverified, "the example database": remarks[-1]}
        verdict = replace(verdict, unverified=told)
    except OSError as error:
        remarks.append(f"{error.filename}: cannot be written: {error.strerror}")
        verdict = replace(verdict, unverified={**verdict.unverified, "reports": remarks[-1]})
    troubles = reports.write(verdict, settings)
    if troubles:
        told = dict.fromkeys(troubles, "the report is missing")
        verdict = replace(verdict, unverified={**verdict.unverified, **told})
    return verdict, remarks


def settings_of(verdict: Verdict, now: Settings) -> Settings:
    """Settings for the end of a run that is known by its verdict: as it was told, with the reports
    and the folder of findings of now."""
    terms = {name: verdict.terms[name] for name in finding_files.REPEATED if name in verdict.terms}
    told: dict[str, Any] = {n: tuple(v) if isinstance(v, list) else v for n, v in terms.items()}
    spec = verdict.terms.get("spec")
    return replace(
        now,
        **told,
        target=verdict.target,
        spec=Path(spec) if spec else None,
        shard=WHOLE,
        example_database=None,
        known={},
    )


def _all_accepted(verdict: Verdict, file: Path) -> Verdict:
    begun = tuple(
        (
            finding,
            BaselineEntry(
                finding.violation.rule,
                finding.names[0],
                "new on the list",
                str(file),
                finding.about,
                today() + GRACE,
            ),
        )
        for finding in verdict.findings
    )
    entries = (*verdict.entries, *(entry for _, entry in begun))
    return replace(verdict, findings=(), accepted=(*verdict.accepted, *begun), entries=entries)


def lines(verdict: Verdict, settings: Settings, environ: Mapping[str, str]) -> Iterator[str]:
    """What is printed of a verdict."""
    yield from terminal.lines(verdict)
    if reports.for_github(settings, environ):
        yield from reports.github.commands(verdict)
