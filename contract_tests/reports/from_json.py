"""A verdict from the JSON that it was written as."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from mock_server.contract.exchange import Request, Response
from mock_server.contract.violations import Violation

from ..config.options import BaselineEntry
from ..config.sharding import Shard
from ..exit_codes import CannotJudgeError
from ..findings.findings import Finding
from ..findings.verdict import Checked, Verdict
from ..target.target import Exchange
from .as_json import FORM

LARGEST = 256 * 1024 * 1024  # bytes


def read(file: Path) -> Verdict:
    """The verdict in a file. Raises CannotJudgeError."""
    try:
        if file.stat().st_size > LARGEST:
            raise CannotJudgeError(f"{file}: is longer than {LARGEST} bytes")
        told = json.loads(file.read_text("utf-8"))
        form = told["form"]
        if isinstance(form, int) and form > FORM:
            raise CannotJudgeError(
                f"{file}: was written by a later version (form {form}, this one reads {FORM})"
            )
        return _verdict(told)
    except OSError as error:
        raise CannotJudgeError(f"{file}: cannot be read: {error.strerror}") from None
    except KeyError as error:
        raise CannotJudgeError(f"{file}: is no verdict of --report-json: no {error}") from None
    except (ArithmeticError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise CannotJudgeError(f"{file}: is no verdict of --report-json: {error}") from None


def _verdict(told: Mapping[str, Any]) -> Verdict:
    findings = tuple(_finding(each) for each in told["findings"])
    accepted = tuple((_finding(each), each) for each in told["accepted"])
    entries = tuple(_entry(each) for each in told["entries"])
    return Verdict(
        target=str(told["target"]),
        findings=findings,
        operations=_checked(told["operations"]),
        rules=_checked(told["rules"]),
        states=_checked(told["states"]),
        exchanges=int(told["requests"]),
        seed=int(told["seed"]),
        unverified=_texts(told["not_verified"]),
        unasked=_texts(told["not_asked"]),
        accepted=tuple((finding, _accepting(finding, each)) for finding, each in accepted),
        outdated=tuple(map(str, told["out_of_date"])),
        coverage=_coverage(told["coverage"]),
        whole=bool(told["whole"]),
        trouble=str(told["trouble"]),
        spec=str(told["spec"]),
        began=_instant(told["began"]),
        seconds=timedelta(seconds=float(told["seconds"])).total_seconds(),
        shard=Shard.read(told["shard"]),
        terms=dict(told["terms"]),
        entries=entries,
        found_in={each["id"]: Shard.read(each["shard"]) for each in told["findings"]},
    )


def _finding(told: Mapping[str, Any]) -> Finding:
    texts = {name: str(told[name]) for name in ("about", "where", "place", "check")}
    violation = Violation(*(str(told[name]) for name in ("rule", "should", "at", "found", "since")))
    return Finding(
        operations={str(name): int(count) for name, count in told["operations"].items()},
        violation=violation,
        curl=tuple(map(str, told["curl"])),
        steps=tuple(_step(each) for each in told["steps"]),
        pointers=tuple(map(str, told["seen_at"])),
        first_seen=_instant(told["first_seen"]),
        **texts,
    )


def _step(told: Mapping[str, Any]) -> Exchange:
    asked, answered = told["request"], told["answer"]
    request = Request(
        method=str(asked["method"]),
        path=str(asked["path"]),
        query=_pairs(asked["query"]),
        headers=_texts(asked["headers"]),
        body=_body(asked["body"]),
    )
    answer = Response(int(answered["status"]), _pairs(answered["headers"]), _body(answered["body"]))
    return Exchange(
        request, answer, str(told["url"]), _instant(told["sent"]), _instant(told["received"])
    )


def _checked(told: Mapping[str, Any]) -> Checked:
    return Checked(
        tuple(map(str, told["asked"])),
        frozenset(map(str, told["verified"])),
        _texts(told["not_verified"]),
        frozenset(map(str, told["static-responses"])),
    )


def _coverage(told: Mapping[str, Any]) -> dict[str, Any]:
    return {
        kind: {str(name): int(count) for name, count in parted.items()}
        if kind == "transitions"
        else {side: [str(name) for name in parted[side]] for side in ("seen", "not_seen")}
        for kind, parted in told.items()
    }


def _entry(told: Mapping[str, Any]) -> BaselineEntry:
    about = None if told["about"] is None else str(told["about"])
    rule, operation, reason, place = (
        str(told[name]) for name in ("rule", "operation", "reason", "place")
    )
    return BaselineEntry(rule, operation, reason, place, about, _day(told["expires"]))


def _accepting(finding: Finding, told: Mapping[str, Any]) -> BaselineEntry:
    """The entry that accepts a finding, as far as the finding tells of it."""
    expires = _day(told["expires"])
    return BaselineEntry(
        finding.violation.rule, finding.names[0], str(told["reason"]), "", finding.about, expires
    )


def _day(text: Any) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _instant(text: Any) -> datetime:
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError(f"{text} has no zone")
    return instant


def _body(told: Mapping[str, Any]) -> bytes:
    if "base64" in told:
        return base64.b64decode(told["base64"])
    return str(told["text"]).encode("utf-8")


def _pairs(told: Any) -> tuple[tuple[str, str], ...]:
    return tuple((str(name), str(text)) for name, text in told)


def _texts(told: Mapping[str, Any]) -> dict[str, str]:
    return {str(name): str(text) for name, text in told.items()}
