"""The journal as an HTTP Archive (HAR 1.2), which developer tools of browsers open.

What HAR has no place for stands in properties of our own, which begin with ``_``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from ..contract.exchange import media_type

Exchange = Mapping[str, Any]


def archive(exchanges: Iterable[Exchange], version: str) -> dict[str, Any]:
    """The archive of exchanges as the journal keeps them. ``version``: that of the mock."""
    creator = {"name": "mock-server", "version": version}
    return {"log": {"version": "1.2", "creator": creator, "entries": [*map(_entry, exchanges)]}}


def _entry(exchange: Exchange) -> dict[str, Any]:
    own = ("number", "session", "operation", "served", "faults")
    return {
        "startedDateTime": exchange["at"],
        "time": 0,
        "request": _request(exchange),
        "response": _response(exchange["response"]),
        "cache": {},
        "timings": {"send": 0, "wait": 0, "receive": 0},
        **{f"_{name}": exchange[name] for name in own},
    }


def _request(exchange: Exchange) -> dict[str, Any]:
    request = {
        "method": exchange["method"],
        "url": exchange["url"],
        "queryString": _named(exchange["query"]),
        **_common(exchange),
    }
    if exchange["body"] is not None:
        posted = {"mimeType": _header(exchange, "content-type"), "text": exchange["body"]}
        flag = {"_encoding": "base64"} if exchange["encoding"] == "base64" else {}
        request["postData"] = {**posted, **flag}
    return request


def _response(answer: Exchange) -> dict[str, Any]:
    status = answer["status"]
    kind = media_type(_header(answer, "content-type")) or "x-unknown"
    content: dict[str, Any] = {"size": answer["size"], "mimeType": kind}
    if answer["body"] is not None:
        content["text"] = answer["body"]
    if answer["encoding"] == "base64":
        content["encoding"] = "base64"
    return {
        "status": status,
        "statusText": HTTPStatus(status).phrase if status in [*HTTPStatus] else "",
        "content": content,
        "redirectURL": "",
        **_common(answer),
    }


def _common(message: Exchange) -> dict[str, Any]:
    return {
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _named(message["headers"]),
        "headersSize": -1,
        "bodySize": message["size"],
    }


def _named(pairs: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in pairs]


def _header(message: Exchange, name: str) -> str:
    return next((value for key, value in message["headers"] if key.lower() == name), "")
