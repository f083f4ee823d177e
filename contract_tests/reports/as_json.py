"""The verdict as JSON, whole."""

from __future__ import annotations

import json
from typing import Any

from ..findings import Finding
from ..verdict import WORDS, Checked, Verdict


def text(verdict: Verdict) -> str:
    """The verdict as a JSON text."""
    return json.dumps(data(verdict), indent=2, ensure_ascii=False) + "\n"


def data(verdict: Verdict) -> dict[str, Any]:
    """The verdict as JSON data."""
    return {
        "verdict": WORDS[verdict.exit_code],
        "exit_code": verdict.exit_code,
        "headline": verdict.headline,
        "target": verdict.target,
        "began": verdict.began.isoformat(),
        "seconds": round(verdict.seconds, 3),
        "requests": verdict.exchanges,
        "seed": verdict.seed,
        "whole": verdict.whole,
        "operations": _checked(verdict.operations),
        "rules": _checked(verdict.rules),
        "states": _checked(verdict.states),
        "not_verified": dict(verdict.unverified),
        "not_asked": dict(verdict.unasked),
        "coverage": dict(verdict.coverage),
        "findings": [finding_data(finding) for finding in verdict.findings],
        "accepted": [
            {
                **finding_data(finding),
                "reason": entry.reason,
                "expires": entry.expires.isoformat() if entry.expires else None,
            }
            for finding, entry in verdict.accepted
        ],
        "out_of_date": list(verdict.outdated),
    }


def finding_data(finding: Finding) -> dict[str, Any]:
    """A finding as JSON data."""
    violation = finding.violation
    return {
        "id": finding.id,
        "rule": violation.rule,
        "about": finding.about,
        "operations": dict(finding.operations),
        "count": finding.count,
        "first_seen": finding.first_seen.isoformat(),
        "should": violation.message,
        "since": violation.cure,
        "found": violation.found,
        "at": violation.pointer,
        "seen_at": list(finding.pointers),
        "place": finding.place,
        "curl": list(finding.curl),
    }


def _checked(checked: Checked) -> dict[str, Any]:
    return {
        "asked": list(checked.asked),
        "verified": [name for name in checked.asked if name in checked.verified],
        "not_verified": dict(checked.unverified),
    }
