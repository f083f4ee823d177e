"""Findings as files: the requests that show each one, to be sent again by ``replay``."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..config.options import Settings
from ..config.sharding import Shard
from ..exit_codes import CannotJudgeError
from ..findings.findings import Finding
from ..reports.as_json import finding_data
from ..target.redaction import TokenRedaction
from ..target.target import Exchange

FORM = 1
# Settings that decide which requests a check sends.
REPEATED = ("package", "release_id", "seed", "max_examples", "max_response_time", "build_timeout")
OWN_HEADERS = {"host", "content-length", "connection", "transfer-encoding"}  # of each sending


@dataclass(frozen=True)
class StoredFinding:
    """A finding as it was kept. settings: those of its run, by the names of options."""

    id: str
    rule: str
    about: str
    check: str
    settings: Mapping[str, Any]
    requests: tuple[Mapping[str, Any], ...]


def keep(
    findings: Iterable[Finding],
    settings: Settings,
    hide: TokenRedaction,
    found_in: Mapping[str, Shard],
) -> None:
    """Writes a file for each finding. found_in: by its id, the shard that it is of, where that is
    not the one of the settings. Raises OSError."""
    folder = settings.findings
    for finding in findings:
        shard = found_in.get(finding.id, settings.shard)
        if not folder.exists():
            folder.mkdir(parents=True)
            (folder / ".gitignore").write_text("*\n", "utf-8")
        text = json.dumps(
            _data(finding, replace(settings, shard=shard), hide), indent=2, ensure_ascii=False
        )
        (folder / f"{finding.id}.json").write_text(text + "\n", "utf-8")


def _data(finding: Finding, settings: Settings, hide: TokenRedaction) -> dict[str, Any]:
    before = (None, *finding.steps)
    return {
        "form": FORM,
        **finding_data(finding),
        "check": finding.check,
        "settings": {**told(settings), "target": settings.target, "shard": str(settings.shard)},
        "requests": [
            _request(step, earlier, settings, hide)
            for earlier, step in zip(before, finding.steps, strict=False)
        ],
    }


def told(settings: Settings) -> dict[str, Any]:
    """The settings that decide which requests a run sends, apart from its target."""
    values = {name: getattr(settings, name) for name in REPEATED}
    values |= {"release_id": settings.release_ids}
    return values | ({"spec": str(settings.spec.absolute())} if settings.spec else {})


def request_data(step: Exchange, base: str, hide: TokenRedaction) -> dict[str, Any]:
    """The request of an exchange as JSON data, its URL below the base without that."""
    request = step.request
    headers = {name: hide(text) for name, text in request.headers.items()}
    return {
        "method": request.method,
        "url": hide(step.url.replace(base, "", 1) if step.url.startswith(base) else step.url),
        "headers": {name: text for name, text in headers.items() if name not in OWN_HEADERS},
        **_body(request.body, hide),
    }


def _request(
    step: Exchange, earlier: Exchange | None, settings: Settings, hide: TokenRedaction
) -> dict[str, Any]:
    waited = (step.sent - earlier.received).total_seconds() if earlier else 0.0
    return {
        "after": round(max(waited, 0.0), 3),
        **request_data(step, (settings.target or "").rstrip("/"), hide),
        "answered": {
            "status": step.response.status,
            "text": hide(step.response.body[:2000].decode("utf-8", "replace")),
        },
    }


def _body(body: bytes, hide: TokenRedaction) -> dict[str, str]:
    try:
        return {"body": hide(body.decode("utf-8"))} if body else {}
    except UnicodeDecodeError:
        return {"body_base64": base64.b64encode(body).decode()}


def body_of(request: Mapping[str, Any], hide: TokenRedaction) -> bytes | None:
    """The body of a kept request, with its credentials. Raises KeyError for one not given."""
    if "body_base64" in request:
        return base64.b64decode(request["body_base64"])
    return hide.restore(request["body"]).encode("utf-8") if "body" in request else None


def read(file: Path) -> StoredFinding:
    """A finding from its file. Raises CannotJudgeError."""
    try:
        data = json.loads(file.read_text("utf-8"))
        if data["form"] != FORM:
            raise ValueError(f"its form is {data['form']}, not {FORM}")
        names = ("id", "rule", "about", "check")
        return StoredFinding(
            **{name: str(data[name]) for name in names},
            settings=dict(data["settings"]),
            requests=tuple(
                {**each, "status": int(each["answered"]["status"]), "after": float(each["after"])}
                for each in data["requests"]
            ),
        )
    except OSError as error:
        raise CannotJudgeError(f"{file}: cannot be read: {error.strerror}") from None
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise CannotJudgeError(f"{file}: is no kept finding: {error}") from None
