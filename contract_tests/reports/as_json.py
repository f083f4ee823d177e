"""The verdict as JSON: whole, so that ``of_json`` makes the same verdict of it again."""

from __future__ import annotations

import base64
import json
from typing import Any

from ..config.options import BaselineEntry
from ..findings.findings import Finding
from ..findings.verdict import WORDS, Checked, Verdict
from ..target.redaction import TokenRedaction
from ..target.target import Exchange

FORM = 1


def text(verdict: Verdict) -> str:
    """The verdict as a JSON text."""
    return json.dumps(data(verdict), indent=2, ensure_ascii=False) + "\n"


def data(verdict: Verdict) -> dict[str, Any]:
    """The verdict as JSON data."""
    return {
        "form": FORM,
        "verdict": WORDS[verdict.exit_code],
        "exit_code": verdict.exit_code,
        "headline": verdict.headline,
        "target": verdict.target,
        "shard": str(verdict.shard),
        "began": verdict.began.isoformat(),
        "seconds": round(verdict.seconds, 3),
        "requests": verdict.exchanges,
        "seed": verdict.seed,
        "whole": verdict.whole,
        "trouble": verdict.trouble,
        "spec": verdict.spec,
        "terms": dict(verdict.terms),
        "operations": _checked(verdict.operations),
        "rules": _checked(verdict.rules),
        "states": _checked(verdict.states),
        "not_verified": dict(verdict.unverified),
        "not_asked": dict(verdict.unasked),
        "coverage": dict(verdict.coverage),
        "findings": [_whole_data(finding, verdict) for finding in verdict.findings],
        "accepted": [
            {**_whole_data(finding, verdict), **entry_data(entry)}
            for finding, entry in verdict.accepted
        ],
        "out_of_date": list(verdict.outdated),
        "entries": [
            {"rule": each.rule, "operation": each.operation, "about": each.about}
            | {"place": each.place, **entry_data(each)}
            for each in verdict.entries
        ],
    }


def entry_data(entry: BaselineEntry) -> dict[str, Any]:
    """Why a finding is accepted, and until when, as JSON data."""
    expires = entry.expires.isoformat() if entry.expires else None
    return {"reason": entry.reason, "expires": expires}


def _whole_data(finding: Finding, verdict: Verdict) -> dict[str, Any]:
    """A finding with all that it rests on."""
    return {
        **finding_data(finding),
        "where": finding.where,
        "check": finding.check,
        "shard": str(verdict.found_in.get(finding.id, verdict.shard)),
        "steps": [_step(step, verdict.redaction) for step in finding.steps],
    }


def _step(step: Exchange, hide: TokenRedaction) -> dict[str, Any]:
    request, answer = step.request, step.response
    return {
        "sent": step.sent.isoformat(),
        "received": step.received.isoformat(),
        "url": hide(step.url),
        "request": {
            "method": request.method,
            "path": hide(request.path),
            "query": [[name, hide(text)] for name, text in request.query],
            "headers": {name: hide(text) for name, text in request.headers.items()},
            "body": _body(request.body, hide),
        },
        "answer": {
            "status": answer.status,
            "headers": [[name, hide(text)] for name, text in answer.headers],
            "body": _body(answer.body, hide),
        },
    }


def hidden_in(body: bytes, hide: TokenRedaction) -> bytes:
    """A body, of whatever bytes, without credentials."""
    try:
        return hide(body.decode("utf-8")).encode("utf-8")
    except UnicodeDecodeError:
        return hide(body.decode("latin-1")).encode("latin-1")


def _body(body: bytes, hide: TokenRedaction) -> dict[str, str]:
    """A body without credentials, as text where it is text."""
    hidden = hidden_in(body, hide)
    try:
        return {"text": hidden.decode("utf-8")}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(hidden).decode()}


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
        "since": violation.fix,
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
        "static-responses": [name for name in checked.asked if name in checked.elsewhere],
    }
