"""From a run to its verdict."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from mock_server.contract.document.spec import Spec

from ..config.options import Settings
from ..findings import baseline
from ..findings.verdict import Checked, Verdict
from ..replay import finding_files
from ..run.coverage import extent, states
from ..run.run import Run
from ..target.roles import lookups

NO_SUCCESS = "no request of it was answered with success"
NOTHING_TO_SAY = "it had nothing to say of what was answered"
NOT_ASKED = "no answer was asked of it"
NOT_SHOWN = "no release showed it"


def verdict_of(run: Run, settings: Settings, day: date, whole: bool) -> Verdict:
    """All that a run has come to. settings: as it was told. whole: whether every check was run to
    its end."""
    recorder = run.recorder
    whole, alone = (
        whole and not recorder.target_is_gone and not settings.disabled_checks,
        settings.shard.whole,
    )
    entries = settings.accept
    findings, known = baseline.parted(recorder.findings, entries, day)
    return Verdict(
        target=run.target.base,
        findings=findings,
        operations=_left(_operations(run), alone, NO_SUCCESS),
        rules=_left(_rules(run), alone, NOT_ASKED),
        states=_left(_states(run), alone, NOT_SHOWN),
        exchanges=recorder.exchanges,
        seed=settings.seed,
        unverified=run.unverified,
        unasked={**run.excluded, **run.skipped},
        accepted=known,
        outdated=tuple(baseline.outdated(recorder.findings, entries, day, whole and alone)),
        coverage=extent(recorder.coverage, [each for each, _ in run.offered]),
        whole=whole,
        spec=str(run.spec.document.path),
        findings_folder=str(settings.findings),
        began=run.started_at,
        seconds=(datetime.now(UTC) - run.started_at).total_seconds(),
        redaction=run.target.redaction,
        shard=settings.shard,
        terms=terms(settings, run.spec),
        entries=entries,
    )


def terms(settings: Settings, spec: Spec) -> dict[str, Any]:
    """What decides how a run judges, apart from its target and its seed."""
    contract = hashlib.sha256(spec.document.text.encode()).hexdigest()
    more = {"read_only": settings.read_only, "off": settings.disabled_checks, "contract": contract}
    return {**finding_files.told(settings), **more}


def _left(checked: Checked, alone: bool, unless: str) -> Checked:
    """What another shard may verify is left to it. unless: the reason for what this one has not."""
    if alone:
        return checked
    told = {name: why for name, why in checked.unverified.items() if why != unless}
    return replace(
        checked, unverified=told, elsewhere=frozenset(checked.unverified.keys() - told.keys())
    )


def _operations(run: Run) -> Checked:
    recorder = run.recorder
    broken = {name for finding in recorder.findings for name in finding.operations}
    asked = tuple(
        name for name in dict.fromkeys(run.operations_to_verify) if name not in run.excluded
    )
    verified = frozenset(recorder.verified) & frozenset(asked) - broken
    unverified = {}
    for name in asked:
        if name in recorder.ignored:
            operation = run.spec.operations[name]
            unverified[name] = f"{operation.method} {operation.path} is not offered"
        elif name in run.unverified:
            unverified[name] = run.unverified[name]
        elif name not in verified | broken:
            unverified[name] = NO_SUCCESS
    return Checked(asked, verified, unverified)


def _rules(run: Run) -> Checked:
    """The rules, apart from those of operations that are not to be asked."""
    rules, coverage = run.judge.rules, run.recorder.coverage
    to_ask = {each.id for each, _ in lookups(run.spec) if each.id not in run.excluded}
    of_operations = (rules.of_operations.get(name, ()) for name in to_ask)
    due = {rule.id for group in (*of_operations, *rules.of_schemas.values()) for rule in group}
    asked = tuple(rule.id for rule in rules.all() if rule.id in due)
    broken = {finding.violation.rule for finding in run.recorder.findings}
    verified = frozenset(coverage.relevant_rules) & frozenset(asked) - broken
    why = {True: NOTHING_TO_SAY, False: NOT_ASKED}
    unverified = {
        name: why[name in coverage.evaluated_rules]
        for name in asked
        if name not in verified | broken
    }
    return Checked(asked, verified, unverified)


def _states(run: Run) -> Checked:
    seen = {" + ".join(state) for state in run.recorder.coverage.states}
    asked = tuple(" + ".join(state) for state in states(run.spec))
    verified = frozenset(asked) & seen
    unverified = dict.fromkeys((s for s in asked if s not in seen), NOT_SHOWN)
    return Checked(asked, verified, unverified)


def not_begun(settings: Settings, trouble: str, spec: Spec) -> Verdict:
    """The verdict on a target that cannot be judged."""
    asked = tuple(name for name, each in spec.operations.items() if not each.optional)
    return Verdict(
        settings.target or "",
        trouble=trouble,
        operations=Checked(asked),
        seed=settings.seed,
        shard=settings.shard,
        terms=terms(settings, spec),
        entries=settings.accept,
    )
