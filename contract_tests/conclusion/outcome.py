"""Compute the verdict of a run from its recorder."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from mock_server.contract.document.requirements import ERROR
from mock_server.contract.document.spec import Spec

from ..config.options import Settings
from ..findings import baseline
from ..findings.verdict import Checked, Verdict
from ..replay import finding_files
from ..run.any_api import reasons
from ..run.coverage import coverage_data, states
from ..run.run import Run
from ..target.roles import checked_operations, follows_timeline

# Reasons why something was not verified.
NO_SUCCESS = "no request had a successful response"
NOT_RELEVANT = "no response was relevant for it"
NOT_APPLIED = "it applied to no response"
NOT_SHOWN = "no response showed it"


def verdict_of(
    run: Run, settings: Settings, day: date, all_checks_ran: bool, selection: bool = False
) -> Verdict:
    """Return the verdict of a run.

    settings: those from the user, before sharding changed them. day: the date for which baseline
    entries must be valid. all_checks_ran: whether every check of the shard ran to its end.
    selection: whether the user selected some checks, as with -k. Then it does not matter what the
    others would have verified.
    """
    recorder, is_complete_run = run.recorder, settings.shard.is_single
    lost = recorder.target_is_gone or bool(recorder.stopped)
    all_checks_ran = all_checks_ran and not lost and not settings.disabled_checks
    entries = settings.accept
    findings, accepted = baseline.split_accepted(recorder.findings, entries, day)
    outdated = baseline.outdated(
        recorder.findings,
        entries,
        day,
        all_checks_ran and is_complete_run and not settings.read_only,
    )
    return Verdict(
        target=run.target.base,
        findings=findings,
        operations=_of_shard(_operations(run), is_complete_run and not selection, NO_SUCCESS),
        rules=_of_shard(_rules(run), is_complete_run, NOT_APPLIED),
        states=_of_shard(_states(run), is_complete_run, NOT_SHOWN),
        exchanges=recorder.exchanges,
        seed=settings.seed,
        unverified=run.unverified,
        skipped={**run.excluded, **run.skipped},
        accepted=accepted,
        outdated=tuple(outdated),
        coverage=coverage_data(recorder.coverage, run.callable_operations),
        all_checks_ran=all_checks_ran,
        stopped=recorder.stopped,
        spec=str(run.spec.document.path),
        findings_folder=str(settings.findings),
        started_at=run.started_at,
        seconds=(datetime.now(UTC) - run.started_at).total_seconds(),
        redaction=run.target.redaction,
        shard=settings.shard,
        run_settings=run_settings(settings, run.spec),
        accept_entries=entries,
        strict=settings.strict,
        selection=selection,
    )


def run_settings(settings: Settings, spec: Spec) -> dict[str, Any]:
    """Return the settings that must be equal in all shards, apart from the target and the seed."""
    return {
        **finding_files.settings_data(settings),
        "read_only": settings.read_only,
        "strict": settings.strict,
        "off": settings.disabled_checks,
        "contract": hashlib.sha256(spec.document.text.encode()).hexdigest(),
    }


def _of_shard(checked: Checked, is_complete_run: bool, other_shard_reason: str) -> Checked:
    """Return the result of a shard, without the names that another shard may verify.

    other_shard_reason: the reason that does not count, because it holds only for this shard.
    """
    if is_complete_run:
        return checked
    reasons = {
        name: reason for name, reason in checked.unverified.items() if reason != other_shard_reason
    }
    in_other_shards = frozenset(checked.unverified.keys() - reasons.keys())
    return replace(checked, unverified=reasons, in_other_shards=in_other_shards)


def _operations(run: Run) -> Checked:
    recorder = run.recorder
    broken = {
        name
        for finding in recorder.findings
        if run.settings.strict or finding.level == ERROR
        for name in finding.operations
    }
    to_verify = dict.fromkeys(run.operations_to_verify)
    optional = [name for name, each in run.spec.operations.items() if each.optional]
    offered = [name for name in optional if name in recorder.verified | broken]
    expected = tuple(name for name in (*to_verify, *offered) if name not in run.excluded)
    verified = frozenset(recorder.verified) & frozenset(expected) - broken
    unverified, reason_of = {}, {} if follows_timeline(run.spec) else reasons(run)
    for name in expected:
        if name in broken:
            continue
        if name in recorder.ignored:
            operation = run.spec.operations[name]
            unverified[name] = f"{operation.method} {operation.path} is not offered"
        elif name in run.unverified:
            unverified[name] = run.unverified[name]
        elif name not in verified:
            unverified[name] = reason_of.get(name, NO_SUCCESS)
    not_offered = tuple(name for name in optional if name in run.skipped)
    return Checked(
        expected,
        verified,
        unverified,
        not_offered=not_offered,
        excluded=tuple(run.excluded),
    )


def _rules(run: Run) -> Checked:
    """Return the result for the rules of all schemas, and of the operations that the run calls."""
    rules, coverage = run.judge.rules, run.recorder.coverage
    operations = {each.id for each in checked_operations(run.spec)} - run.excluded.keys()
    of_operations = (rules.of_operations.get(name, ()) for name in operations)
    ids = {rule.id for group in (*of_operations, *rules.of_schemas.values()) for rule in group}
    expected = tuple(rule.id for rule in rules.all() if rule.id in ids)
    broken = {finding.violation.rule for finding in run.recorder.findings}
    verified = frozenset(coverage.relevant_rules) & frozenset(expected) - broken
    unverified = {
        name: NOT_RELEVANT if name in coverage.evaluated_rules else NOT_APPLIED
        for name in expected
        if name not in verified | broken
    }
    return Checked(expected, verified, unverified)


def _states(run: Run) -> Checked:
    seen = set(run.recorder.coverage.states)
    expected = tuple(states(run.spec))
    unverified = dict.fromkeys((state for state in expected if state not in seen), NOT_SHOWN)
    return Checked(expected, frozenset(expected) & seen, unverified)


def unjudged_verdict(settings: Settings, error: str, spec: Spec) -> Verdict:
    """Return the verdict for a target that cannot be judged, with the reason as its error."""
    expected = tuple(name for name, each in spec.operations.items() if not each.optional)
    return Verdict(
        settings.target or "",
        error=error,
        operations=Checked(expected),
        seed=settings.seed,
        shard=settings.shard,
        run_settings=run_settings(settings, spec),
        accept_entries=settings.accept,
    )
