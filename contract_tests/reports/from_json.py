"""Read a verdict from the JSON that `as_json` writes."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from mock_server.contract.exchange import Exchange, Request, Response
from mock_server.contract.source.files import text_of
from mock_server.contract.violations import ContractError, Violation

from ..config.options import BaselineEntry
from ..config.sharding import Shard
from ..exit_codes import CannotJudgeError
from ..findings.findings import Finding
from ..findings.verdict import Checked, Verdict
from .as_json import FORMAT_VERSION

OPTIONAL = ("about", "operation")  # members of an entry that may be null
LARGEST_FILE = 256 * 1024 * 1024  # bytes


def read(file: Path) -> Verdict:
    """Return the verdict in a file. Raises CannotJudgeError if the file does not contain one."""
    try:
        data = json.loads(text_of(file, LARGEST_FILE))
        version = data["format_version"]
        if isinstance(version, int) and version > FORMAT_VERSION:
            raise CannotJudgeError(
                f"{file}: was written by a later version of contract-tests"
                f" (format {version}; this one reads format {FORMAT_VERSION})"
            )
        return _verdict(data)
    except ContractError as error:
        raise CannotJudgeError(str(error)) from None
    except KeyError as error:
        raise CannotJudgeError(
            f"{file}: must be a verdict of --report-json; found no member {error}"
        ) from None
    except (ArithmeticError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise CannotJudgeError(f"{file}: must be a verdict of --report-json: {error}") from None


def _verdict(data: Mapping[str, Any]) -> Verdict:
    findings = tuple(_finding(each) for each in data["findings"])
    accepted = tuple((_finding(each), each) for each in data["accepted"])
    return Verdict(
        target=str(data["target"]),
        findings=findings,
        operations=_checked(data["operations"]),
        rules=_checked(data["rules"]),
        states=_checked(data["states"]),
        exchanges=int(data["requests"]),
        seed=int(data["seed"]),
        unverified=_texts(data["not_verified"]),
        skipped=_texts(data["skipped"]),
        accepted=tuple((finding, _accepting_entry(finding, each)) for finding, each in accepted),
        outdated=tuple(map(str, data["outdated"])),
        coverage=_coverage(data["coverage"]),
        all_checks_ran=bool(data["all_checks_ran"]),
        stopped=str(data["stopped"]),
        error=str(data["error"]),
        strict=bool(data["strict"]),
        selection=bool(data["selection"]),
        spec=str(data["spec"]),
        started_at=_timestamp(data["started_at"]),
        # timedelta rejects infinite and absurdly large numbers.
        seconds=timedelta(seconds=float(data["seconds"])).total_seconds(),
        shard=Shard.parse(data["shard"]),
        run_settings=dict(data["run_settings"]),
        accept_entries=tuple(_entry(each) for each in data["accept_entries"]),
        shard_by_finding={each["id"]: Shard.parse(each["shard"]) for each in data["findings"]},
    )


def _finding(data: Mapping[str, Any]) -> Finding:
    return Finding(
        operations={str(name): int(count) for name, count in data["operations"].items()},
        violation=Violation(
            rule=str(data["rule"]),
            message=str(data["expected"]),
            pointer=str(data["json_pointer"]),
            found=str(data["found"]),
            fix=str(data["explanation"]),
        ),
        about=str(data["about"]),
        contract_pointer=str(data["contract_pointer"]),
        location=str(data["location"]),
        curl=tuple(map(str, data["curl"])),
        steps=tuple(_exchange(each) for each in data["exchanges"]),
        check=str(data["check"]),
        response_pointers=tuple(map(str, data["response_pointers"])),
        first_seen=_timestamp(data["first_seen"]),
        requirement=str(data["requirement"]),
        level=str(data["level"]),
        consequence=int(data["consequence"]),
    )


def _exchange(data: Mapping[str, Any]) -> Exchange:
    request, response = data["request"], data["response"]
    return Exchange(
        Request(
            method=str(request["method"]),
            path=str(request["path"]),
            query=_pairs(request["query"]),
            headers=_texts(request["headers"]),
            body=_body(request["body"]),
        ),
        Response(int(response["status"]), _pairs(response["headers"]), _body(response["body"])),
        str(data["url"]),
        _timestamp(data["sent_at"]),
        _timestamp(data["received_at"]),
    )


def _checked(data: Mapping[str, Any]) -> Checked:
    return Checked(
        tuple(map(str, data["expected"])),
        frozenset(map(str, data["verified"])),
        _texts(data["not_verified"]),
        frozenset(map(str, data["in_other_shards"])),
        tuple(map(str, data["not_offered"])),
        tuple(map(str, data["excluded"])),
    )


def _coverage(data: Mapping[str, Any]) -> dict[str, Any]:
    return {
        kind: {str(name): int(count) for name, count in counts.items()}
        if kind == "transitions"
        else {side: [str(name) for name in counts[side]] for side in ("seen", "not_seen")}
        for kind, counts in data.items()
    }


def _entry(data: Mapping[str, Any]) -> BaselineEntry:
    about, operation = (None if data[name] is None else str(data[name]) for name in OPTIONAL)
    rule, reason, location = (str(data[name]) for name in ("rule", "reason", "location"))
    return BaselineEntry(rule, reason, location, about, operation, _date(data["expires"]))


def _accepting_entry(finding: Finding, data: Mapping[str, Any]) -> BaselineEntry:
    """Return the entry that accepts a finding. Its location is not part of the finding's data."""
    reason, expires = str(data["reason"]), _date(data["expires"])
    rule = finding.rule
    return BaselineEntry(rule, reason, "", finding.about, expires=expires)


def _date(text: Any) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _timestamp(text: Any) -> datetime:
    timestamp = datetime.fromisoformat(text)
    if timestamp.tzinfo is None:
        raise ValueError(f"a timestamp must have a time zone; found {text}")
    return timestamp


def _body(data: Mapping[str, Any]) -> bytes:
    if "base64" in data:
        return base64.b64decode(data["base64"])
    return str(data["text"]).encode("utf-8")


def _pairs(data: Any) -> tuple[tuple[str, str], ...]:
    return tuple((str(name), str(text)) for name, text in data)


def _texts(data: Mapping[str, Any]) -> dict[str, str]:
    return {str(name): str(text) for name, text in data.items()}
