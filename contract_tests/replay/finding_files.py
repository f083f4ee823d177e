"""Finding files: each has the requests that reproduce one finding, for `contract-tests replay`."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mock_server.contract.exchange import Exchange
from mock_server.contract.source import json_text
from mock_server.contract.source.files import bytes_of
from mock_server.contract.violations import ContractError
from mock_server.foundation import whole_files

from ..config.options import Settings
from ..config.sharding import Shard
from ..exit_codes import CannotJudgeError
from ..findings.findings import Finding, body_file_names
from ..reports.as_json import finding_data, redacted
from ..target.redaction import TokenRedaction
from .finding_format import FORMAT_VERSION, SETTINGS, problem

# Settings that determine which requests a check sends.
REPEATED = (
    *("package", "release_id", "known"),
    *("seed", "max_examples", "max_response_time", "build_timeout"),
)
# Headers that the connection sets for each request.
CONNECTION_HEADERS = {"host", "content-length", "connection", "transfer-encoding"}
EXCERPT = 2000  # bytes of a response body
LARGEST_FILE = 256 * 1024 * 1024  # bytes of a finding file
LONG_BODY = 100  # bytes; a longer body of a request is written to a separate file, for curl


@dataclass(frozen=True)
class StoredFinding:
    """A finding from its file.

    settings: those of its run, by the names of their options. header_names: the names of the
    further headers (`--header`) of its run.
    """

    id: str
    rule: str
    about: str
    check: str
    settings: Mapping[str, Any]
    header_names: tuple[str, ...]
    requests: tuple[Mapping[str, Any], ...]


def write(
    findings: Iterable[Finding],
    settings: Settings,
    hide: TokenRedaction,
    shard_by_finding: Mapping[str, Shard],
) -> None:
    """Write a file for each finding. Raises OSError.

    shard_by_finding: finding id → its shard, if that is not the shard of the settings.
    """
    folder = settings.findings
    for finding in findings:
        shard = shard_by_finding.get(finding.id, settings.shard)
        if not folder.exists():
            whole_files.write(folder / ".gitignore", b"*\n")
        data = _data(finding, replace(settings, shard=shard), hide)
        text = json.dumps(data, indent=2, ensure_ascii=False)
        whole_files.write(folder / f"{finding.id}.json", f"{text}\n".encode())
        for name, step in zip(body_file_names(finding), finding.steps, strict=False):
            if len(step.request.body) > LONG_BODY:
                whole_files.write(folder / name, redacted(step.request.body, hide))


def _data(finding: Finding, settings: Settings, hide: TokenRedaction) -> dict[str, Any]:
    previous_steps = (None, *finding.steps)
    return {
        "format_version": FORMAT_VERSION,
        **finding_data(finding),
        "check": finding.check,
        "settings": {
            **settings_data(settings),
            "target": settings.target,
            "shard": str(settings.shard),
        },
        "header_names": [line.partition(":")[0] for line in settings.header],
        "requests": [
            _request(step, previous, settings, hide)
            for previous, step in zip(previous_steps, finding.steps, strict=False)
        ],
    }


def settings_data(settings: Settings) -> dict[str, Any]:
    """Return the settings that determine which requests a run sends, except for the target."""
    values = {name: getattr(settings, name) for name in REPEATED}
    values |= {"release_id": settings.release_ids}
    values |= {"spec": str(settings.spec.absolute())} if settings.spec else {}
    overlays = [str(path.absolute()) for path in settings.overlay]
    return values | ({"overlay": overlays} if overlays else {})


def request_data(exchange: Exchange, base: str, hide: TokenRedaction) -> dict[str, Any]:
    """Return the request of an exchange as JSON data, with its URL relative to the base URL."""
    request, url = exchange.request, exchange.url
    headers = {name: hide(text) for name, text in request.headers.items()}
    return {
        "method": request.method,
        "url": hide(url.replace(base, "", 1) if url.startswith(base) else url),
        "headers": {name: text for name, text in headers.items() if name not in CONNECTION_HEADERS},
        **_body(request.body, hide),
    }


def _request(
    exchange: Exchange, previous: Exchange | None, settings: Settings, hide: TokenRedaction
) -> dict[str, Any]:
    wait = (exchange.sent - previous.received).total_seconds() if previous else 0.0
    return {
        "wait_seconds": round(max(wait, 0.0), 3),
        **request_data(exchange, (settings.target or "").rstrip("/"), hide),
        "response": {
            "status": exchange.response.status,
            "text": hide(exchange.response.body[:EXCERPT].decode("utf-8", "replace")),
        },
    }


def _body(body: bytes, hide: TokenRedaction) -> dict[str, str]:
    try:
        return {"body": hide(body.decode("utf-8"))} if body else {}
    except UnicodeDecodeError:
        return {"body_base64": base64.b64encode(body).decode()}


def body_of(request: Mapping[str, Any], hide: TokenRedaction) -> bytes | None:
    """Return the body of a stored request, with its credentials.

    Raises KeyError for a credential that this run does not have.
    """
    if "body_base64" in request:
        return base64.b64decode(request["body_base64"])
    return hide.restore(request["body"]).encode("utf-8") if "body" in request else None


def read(file: Path) -> StoredFinding:
    """Return the finding in a file. Raises CannotJudgeError if the file does not contain one."""
    try:
        data = json_text.parse(bytes_of(file, LARGEST_FILE))
    except ContractError as error:
        raise CannotJudgeError(str(error)) from None
    except ValueError as error:
        raise CannotJudgeError(f"{file}: must be a finding file: {error}") from None
    text = problem(data)
    if text:
        raise CannotJudgeError(f"{file}: must be a finding file: {text}")
    return StoredFinding(
        id=data["id"],
        rule=data["rule"],
        about=data["about"],
        check=data["check"],
        settings={name: value for name, value in data["settings"].items() if name in SETTINGS},
        header_names=tuple(data["header_names"]),
        requests=tuple({**each, "status": each["response"]["status"]} for each in data["requests"]),
    )
