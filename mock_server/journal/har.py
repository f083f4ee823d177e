"""Convert the journal to an HTTP Archive (HAR 1.2), which browser developer tools can open.

Custom properties start with ``_``, as HAR 1.2 requires: ``_session``, ``_operation``, ``_more``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from ..contract.exchange import media_type
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
    return {
        "startedDateTime": record["at"],
        "time": 0,
        "request": _request(record),
        "response": _response(record["response"]),
        "cache": {},
        "timings": {"send": 0, "wait": 0, "receive": 0},
        **{f"_{name}": record[name] for name in CUSTOM},
    }


def _request(record: JournalRecord) -> dict[str, Any]:
    request = {
        "method": record["method"],
        "url": record["url"],
        "queryString": _pairs(record["query"]),
        **_common(record),
    }
    if record["body"] is not None:
        data = {"mimeType": _header(record, "content-type"), "text": record["body"]}
        encoding = {"_encoding": "base64"} if record["encoding"] == "base64" else {}
        request["postData"] = {**data, **encoding}
    return request


def _response(response: Mapping[str, Any]) -> dict[str, Any]:
    status = response["status"]
    mime_type = media_type(_header(response, "content-type")) or "x-unknown"
    content: dict[str, Any] = {"size": response["size"], "mimeType": mime_type}
    if response["body"] is not None:
        content["text"] = response["body"]
    if response["encoding"] == "base64":
        content["encoding"] = "base64"
    return {
        "status": status,
        "statusText": HTTPStatus(status).phrase if status in [*HTTPStatus] else "",
        "content": content,
        "redirectURL": "",
        **_common(response),
    }


def _common(message: Mapping[str, Any]) -> dict[str, Any]:
    """Return the properties that requests and responses share; -1 means unknown."""
    return {
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _pairs(message["headers"]),
        "headersSize": -1,
        "bodySize": message["size"],
    }


def _pairs(pairs: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in pairs]


def _header(message: Mapping[str, Any], name: str) -> str:
    return next((value for key, value in message["headers"] if key.lower() == name), "")
