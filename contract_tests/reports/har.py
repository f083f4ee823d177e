"""The exchanges of the findings as HAR 1.2, with credentials redacted."""

from __future__ import annotations

import json
from typing import Any

from ..findings.verdict import Verdict
from ..target.redaction import TokenRedaction
from ..target.target import Exchange
from .as_json import hidden_in


def text(verdict: Verdict) -> str:
    """The exchanges as a JSON text."""
    findings = [*verdict.findings, *(finding for finding, _ in verdict.accepted)]
    entries = [
        {**_entry(step, verdict.redaction), "comment": f"{finding.id}: {finding.violation.message}"}
        for finding in findings
        for step in finding.steps
    ]
    entries.sort(key=lambda entry: str(entry["startedDateTime"]))
    log = {"version": "1.2", "creator": {"name": "contract-tests", "version": "1"}}
    return json.dumps({"log": {**log, "entries": entries}}, indent=2, ensure_ascii=False) + "\n"


def _entry(step: Exchange, hide: TokenRedaction) -> dict[str, Any]:
    milliseconds = step.seconds * 1000
    request, answer = step.request, step.response
    sent, body = hidden_in(request.body, hide), hidden_in(answer.body, hide)
    asked: dict[str, Any] = {
        "method": request.method,
        "url": hide(step.url),
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _pairs(tuple(request.headers.items()), hide),
        "queryString": _pairs(request.query, hide),
        "headersSize": -1,
        "bodySize": len(sent),
    }
    if sent:
        asked["postData"] = {
            "mimeType": request.headers.get("content-type", ""),
            "text": sent.decode("utf-8", "replace"),
        }
    return {
        "startedDateTime": step.sent.isoformat(),
        "time": milliseconds,
        "request": asked,
        "response": {
            "status": answer.status,
            "statusText": "",
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": _pairs(answer.headers, hide),
            "content": {
                "size": len(body),
                "mimeType": answer.header("content-type") or "",
                "text": body.decode("utf-8", "replace"),
            },
            "redirectURL": hide(answer.header("location") or ""),
            "headersSize": -1,
            "bodySize": len(body),
        },
        "cache": {},
        "timings": {"send": 0, "wait": milliseconds, "receive": 0},
    }


def _pairs(pairs: tuple[tuple[str, str], ...], hide: TokenRedaction) -> list[dict[str, str]]:
    return [{"name": name, "value": hide(value)} for name, value in pairs]
