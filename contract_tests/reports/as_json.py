"""The complete verdict as JSON; `from_json` reads it back."""

from __future__ import annotations

import base64
import json
from typing import Any

from mock_server.contract.exchange import Exchange

from ..config.options import BaselineEntry
from ..findings.findings import Finding
from ..findings.verdict import RESULTS, Checked, Verdict
from ..target.redaction import TokenRedaction

FORMAT_VERSION = 1


def text(verdict: Verdict) -> str:
    """Return the verdict as JSON text."""
    return json.dumps(data(verdict), indent=2, ensure_ascii=False) + "\n"


def data(verdict: Verdict) -> dict[str, Any]:
    """Return the verdict as JSON data."""
    return {
        "format_version": FORMAT_VERSION,
        "verdict": RESULTS[verdict.exit_code],
        "exit_code": verdict.exit_code,
        "headline": verdict.headline,
        "target": verdict.target,
        "shard": str(verdict.shard),
        "started_at": verdict.started_at.isoformat(),
        "seconds": round(verdict.seconds, 3),
        "requests": verdict.exchanges,
        "seed": verdict.seed,
        "all_checks_ran": verdict.all_checks_ran,
        "strict": verdict.strict,
        "selection": verdict.selection,
        "stopped": verdict.stopped,
        "error": verdict.error,
        "spec": verdict.spec,
        "run_settings": dict(verdict.run_settings),
        "operations": _checked(verdict.operations),
        "rules": _checked(verdict.rules),
        "states": _checked(verdict.states),
        "not_verified": dict(verdict.unverified),
        "skipped": dict(verdict.skipped),
        "coverage": dict(verdict.coverage),
        "findings": [_complete_finding(finding, verdict) for finding in verdict.findings],
        "accepted": [
            {**_complete_finding(finding, verdict), **_acceptance(entry)}
            for finding, entry in verdict.accepted
        ],
        "outdated": list(verdict.outdated),
        "accept_entries": [
            {"rule": entry.rule, "about": entry.about, "operation": entry.operation}
            | {"location": entry.location, **_acceptance(entry)}
            for entry in verdict.accept_entries
        ],
    }


def _acceptance(entry: BaselineEntry) -> dict[str, Any]:
    """Return why a baseline entry accepts its finding, and the last day of it."""
    expires = entry.expires.isoformat() if entry.expires else None
    return {"reason": entry.reason, "expires": expires}


def _complete_finding(finding: Finding, verdict: Verdict) -> dict[str, Any]:
    """Return a finding with its shard and its exchanges."""
    return {
        **finding_data(finding),
        "contract_pointer": finding.contract_pointer,
        "check": finding.check,
        "shard": str(verdict.shard_by_finding.get(finding.id, verdict.shard)),
        "exchanges": [_exchange(step, verdict.redaction) for step in finding.steps],
    }


def _exchange(exchange: Exchange, hide: TokenRedaction) -> dict[str, Any]:
    request, response = exchange.request, exchange.response
    return {
        "sent_at": exchange.sent.isoformat(),
        "received_at": exchange.received.isoformat(),
        "url": hide(exchange.url),
        "request": {
            "method": request.method,
            "path": hide(request.path),
            "query": [[name, hide(text)] for name, text in request.query],
            "headers": {name: hide(text) for name, text in request.headers.items()},
            "body": _body(request.body, hide),
        },
        "response": {
            "status": response.status,
            "headers": [[name, hide(text)] for name, text in response.headers],
            "body": _body(response.body, hide),
        },
    }


def redacted(body: bytes, hide: TokenRedaction) -> bytes:
    """Return a body without credentials, whether or not it is text."""
    try:
        return hide(body.decode("utf-8")).encode("utf-8")
    except UnicodeDecodeError:
        return hide(body.decode("latin-1")).encode("latin-1")


def _body(body: bytes, hide: TokenRedaction) -> dict[str, str]:
    """Return a body without credentials: as text if it is UTF-8, else as base64."""
    content = redacted(body, hide)
    try:
        return {"text": content.decode("utf-8")}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(content).decode()}


def finding_data(finding: Finding) -> dict[str, Any]:
    """Return a finding as JSON data, without its exchanges."""
    violation = finding.violation
    return {
        "id": finding.id,
        "rule": violation.rule,
        "about": finding.about,
        "level": finding.level,
        "requirement": finding.requirement,
        "consequence": finding.consequence,
        "operations": dict(finding.operations),
        "count": finding.count,
        "first_seen": finding.first_seen.isoformat(),
        "expected": violation.message,
        "explanation": violation.fix,
        "found": violation.found,
        "json_pointer": violation.pointer,
        "response_pointers": list(finding.response_pointers),
        "location": finding.location,
        "curl": list(finding.curl),
    }


def _checked(checked: Checked) -> dict[str, Any]:
    return {
        "expected": list(checked.expected),
        "verified": [name for name in checked.expected if name in checked.verified],
        "not_verified": dict(checked.unverified),
        "not_offered": list(checked.not_offered),
        "excluded": list(checked.excluded),
        "in_other_shards": [name for name in checked.expected if name in checked.in_other_shards],
    }
