"""From a run to its verdict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime

from mock_server.contract.spec import Operation

from . import accepted
from .coverage import extent, states
from .roles import lookups
from .run import Run
from .verdict import Checked, Verdict


def verdict_of(run: Run, day: date, whole: bool) -> Verdict:
    """All that a run has come to. whole: whether every check was run to its end."""
    record, settings = run.record, run.settings
    whole = whole and not record.gone and not settings.off
    entries = settings.accept
    findings, known = accepted.parted(record.findings, entries, day)
    return Verdict(
        target=run.target.base,
        findings=findings,
        operations=_operations(run),
        rules=_rules(run),
        states=_states(run),
        exchanges=record.exchanges,
        seed=settings.seed,
        unverified=run.unverified,
        unasked={**run.left_out, **run.unasked},
        accepted=known,
        outdated=tuple(accepted.outdated(record.findings, entries, day, whole)),
        coverage=extent(record.coverage, [each for each, _ in run.offered]),
        whole=whole,
        spec=str(run.spec.document.path),
        findings_folder=str(settings.findings),
        began=run.began,
        seconds=(datetime.now(UTC) - run.began).total_seconds(),
        redaction=run.target.redaction,
    )


def _operations(run: Run) -> Checked:
    record = run.record
    broken = {name for finding in record.findings for name in finding.operations}
    asked = tuple(name for name in dict.fromkeys(run.asked) if name not in run.left_out)
    verified = frozenset(record.verified) & frozenset(asked) - broken
    unverified = {}
    for name in asked:
        if name in record.hidden:
            operation = run.spec.operations[name]
            unverified[name] = f"{operation.method} {operation.path} is not offered"
        elif name in run.unverified:
            unverified[name] = run.unverified[name]
        elif name not in verified | broken:
            unverified[name] = "no request of it was answered with success"
    return Checked(asked, verified, unverified)


def _rules(run: Run) -> Checked:
    """The rules, apart from those of operations that are not to be asked."""
    rules, coverage = run.judge.rules, run.record.coverage
    to_ask = {each.id for each, _ in lookups(run.spec) if each.id not in run.left_out}
    of_operations = (rules.of_operations.get(name, ()) for name in to_ask)
    due = {rule.id for group in (*of_operations, *rules.of_schemas.values()) for rule in group}
    asked = tuple(rule.id for rule in rules.all() if rule.id in due)
    broken = {finding.violation.rule for finding in run.record.findings}
    verified = frozenset(coverage.telling) & frozenset(asked) - broken
    why = {True: "it had nothing to say of what was answered", False: "no answer was asked of it"}
    unverified = {
        name: why[name in coverage.asked] for name in asked if name not in verified | broken
    }
    return Checked(asked, verified, unverified)


def _states(run: Run) -> Checked:
    seen = {" + ".join(state) for state in run.record.coverage.states}
    asked = tuple(" + ".join(state) for state in states(run.spec))
    verified = frozenset(asked) & seen
    unverified = dict.fromkeys((s for s in asked if s not in seen), "no release showed it")
    return Checked(asked, verified, unverified)


def not_begun(target: str, trouble: str, operations: Mapping[str, Operation]) -> Verdict:
    """The verdict on a target that cannot be judged."""
    asked = tuple(name for name, each in operations.items() if not each.optional)
    return replace(Verdict(target), trouble=trouble, operations=Checked(asked))
