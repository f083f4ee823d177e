"""The verdict on collected exchanges."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from mock_server.contract.judge import Judge

from ..config.options import Settings
from ..findings import baseline
from ..findings.findings import in_order
from ..findings.verdict import Checked, Verdict
from ..run.coverage import coverage_data
from .collecting import NOT_RECORDED, collected


def verdict_on(judge: Judge, files: Sequence[Path], base: str, settings: Settings) -> Verdict:
    """Return the verdict on HAR files. Raises as `collected` does."""
    started_at, start = datetime.now(UTC), time.monotonic()
    collector = collected(judge, files, base)
    operations = judge.spec.operations
    findings = in_order(collector.result())
    day = baseline.today()
    unaccepted, accepted = baseline.split_accepted(findings, settings.accept, day)
    broken = {name for finding in unaccepted for name in finding.operations}
    shown = tuple(name for name in operations if name in collector.verified | broken)
    not_recorded = [name for name in operations if name not in collector.seen]
    return Verdict(
        target=", ".join(map(str, files)),
        findings=unaccepted,
        operations=Checked(shown, frozenset(collector.verified - broken)),
        exchanges=collector.exchanges,
        skipped={
            **dict.fromkeys(not_recorded, NOT_RECORDED),
            **{name: reason for name, reason in collector.unjudged.items() if name not in shown},
            **collector.remarks,
        },
        accepted=accepted,
        outdated=tuple(baseline.outdated(findings, settings.accept, day, all_checks_ran=False)),
        coverage=coverage_data(
            collector.coverage, [each for each in operations.values() if each.id in collector.seen]
        ),
        spec=str(judge.spec.document.path),
        started_at=started_at,
        seconds=time.monotonic() - start,
        run_settings={"contract": hashlib.sha256(judge.spec.document.text.encode()).hexdigest()},
        accept_entries=settings.accept,
        strict=settings.strict,
        recorded=True,
    )
