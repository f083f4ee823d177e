"""The exchanges of the findings as HAR 1.2, without credentials."""

from __future__ import annotations

import json
from typing import Any

from mock_server.contract.exchange import Exchange

from ..findings.verdict import Verdict
from ..target.redaction import TokenRedaction
from .as_json import redacted


def text(verdict: Verdict) -> str:
    """Return the exchanges as JSON text."""
    findings = [*verdict.findings, *(finding for finding, _ in verdict.accepted)]
    entries = [
        {**_entry(step, verdict.redaction), "comment": f"{finding.id}: {finding.violation.message}"}
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


def _entry(exchange: Exchange, hide: TokenRedaction) -> dict[str, Any]:
    milliseconds = exchange.seconds * 1000
    return {
        "startedDateTime": exchange.sent.isoformat(),
        "time": milliseconds,
        "request": _request(exchange, hide),
        "response": _response(exchange, hide),
        "cache": {},
        "timings": {"send": 0, "wait": milliseconds, "receive": 0},
    }


def _request(exchange: Exchange, hide: TokenRedaction) -> dict[str, Any]:
    request = exchange.request
    body = redacted(request.body, hide)
    entry: dict[str, Any] = {
        "method": request.method,
        "url": hide(exchange.url),
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _pairs(tuple(request.headers.items()), hide),
        "queryString": _pairs(request.query, hide),
        "headersSize": -1,
        "bodySize": len(body),
    }
    if body:
        entry["postData"] = {
            "mimeType": request.headers.get("content-type", ""),
            "text": body.decode("utf-8", "replace"),
        }
    return entry


def _response(exchange: Exchange, hide: TokenRedaction) -> dict[str, Any]:
    response = exchange.response
    body = redacted(response.body, hide)
    return {
        "status": response.status,
        "statusText": "",
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _pairs(response.headers, hide),
        "content": {
            "size": len(body),
            "mimeType": response.header("content-type") or "",
            "text": body.decode("utf-8", "replace"),
        },
        "redirectURL": hide(response.header("location") or ""),
        "headersSize": -1,
        "bodySize": len(body),
    }


def _pairs(pairs: tuple[tuple[str, str], ...], hide: TokenRedaction) -> list[dict[str, str]]:
    return [{"name": name, "value": hide(value)} for name, value in pairs]
