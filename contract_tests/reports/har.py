"""The exchanges of the findings as HAR 1.2, without credentials."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from mock_server.contract.exchange import Exchange
from mock_server.contract.traffic.har_entries import entry_of

from ..findings.verdict import Verdict
from ..target.redaction import TokenRedaction
from .as_json import redacted


def text(verdict: Verdict) -> str:
    """Return the exchanges as JSON text."""
    findings = [*verdict.findings, *(finding for finding, _ in verdict.accepted)]
    entries = [
        {
            **entry_of(_without_credentials(step, verdict.redaction)),
            "comment": f"{finding.id}: {finding.violation.message}",
        }
        for finding in findings
        for step in finding.steps
    ]
    entries.sort(key=lambda entry: str(entry["startedDateTime"]))
    log: dict[str, Any] = {
        "version": "1.2",
        "creator": {"name": "contract-tests", "version": "1"},
        "comment": verdict.headline,
    }
    return json.dumps({"log": {**log, "entries": entries}}, indent=2, ensure_ascii=False) + "\n"


def _without_credentials(exchange: Exchange, hide: TokenRedaction) -> Exchange:
    request, response = exchange.request, exchange.response
    return replace(
        exchange,
        url=hide(exchange.url),
        request=replace(
            request,
            query=_pairs(request.query, hide),
            headers=dict(_pairs(request.headers.items(), hide)),
            body=redacted(request.body, hide),
        ),
        response=replace(
            response,
            headers=_pairs(response.headers, hide),
            body=redacted(response.body, hide),
        ),
    )


def _pairs(pairs: Iterable[tuple[str, str]], hide: TokenRedaction) -> tuple[tuple[str, str], ...]:
    return tuple((name, hide(value)) for name, value in pairs)
