"""Convert the journal to an HTTP Archive (HAR 1.2), which browser developer tools can open.

Custom properties start with ``_``, as HAR 1.2 requires: ``_session``, ``_operation``, ``_more``.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from ..contract.exchange import Exchange, Request, Response
from ..contract.traffic.har_entries import entry_of
from .entries import JournalRecord

CUSTOM = ("number", "session", "operation", "served", "faults")


def archive(records: Iterable[JournalRecord], version: str, more: bool) -> dict[str, Any]:
    """Return the HAR document of journal records.

    version: that of the mock; more: whether the journal has others that follow.
    """
    creator, entries = {"name": "mock-server", "version": version}, [*map(_entry, records)]
    log = {"version": "1.2", "creator": creator, "entries": entries, "_more": more}
    return {"log": log}


def _entry(record: JournalRecord) -> dict[str, Any]:
    entry = entry_of(_exchange(record))
    # The journal keeps the start of a long body.
    entry["request"]["bodySize"] = record["size"]
    entry["response"]["bodySize"] = record["response"]["size"]
    entry["response"]["content"]["size"] = record["response"]["size"]
    return {
        **entry,
        "startedDateTime": record["at"],
        **{f"_{name}": record[name] for name in CUSTOM},
    }


def _exchange(record: JournalRecord) -> Exchange:
    response, at = record["response"], datetime.fromisoformat(record["at"])
    request = Request(
        record["method"],
        record["path"],
        _pairs(record["query"]),
        dict(_pairs(record["headers"])),
        _body(record),
    )
    sent = Response(response["status"], _pairs(response["headers"]), _body(response))
    return Exchange(request, sent, record["url"], at, at)


def _body(message: Mapping[str, Any]) -> bytes:
    text = message["body"] or ""
    return base64.b64decode(text) if message["encoding"] == "base64" else text.encode()


def _pairs(pairs: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple((name, value) for name, value in pairs)
