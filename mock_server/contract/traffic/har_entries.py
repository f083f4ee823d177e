"""Exchanges as entries of a HAR file (HTTP Archive 1.2)."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from ..exchange import Exchange, media_type

UNKNOWN = -1  # a size that is not known


def entry_of(exchange: Exchange) -> dict[str, Any]:
    """Return the entry of an exchange. Its credentials are in it, unless they were redacted."""
    return {**times_of(exchange), **messages_of(exchange)}


def times_of(exchange: Exchange) -> dict[str, Any]:
    """Return the part of an entry that differs each time. Times are in milliseconds."""
    milliseconds = max((exchange.received - exchange.sent).total_seconds() * 1000, 0.0)
    return {
        "startedDateTime": exchange.sent.isoformat(),
        "time": milliseconds,
        "timings": {"send": 0, "wait": milliseconds, "receive": 0},
    }


def messages_of(exchange: Exchange) -> dict[str, Any]:
    """Return the part of an entry that equal exchanges share."""
    return {"request": _request(exchange), "response": _response(exchange), "cache": {}}


def _request(exchange: Exchange) -> dict[str, Any]:
    request = exchange.request
    entry = {
        "method": request.method,
        "url": exchange.url,
        **_common(request.headers.items(), len(request.body)),
        "queryString": _pairs(request.query),
    }
    if request.body:
        text, encoding = _text(request.body)
        entry["postData"] = {"mimeType": request.headers.get("content-type", ""), "text": text}
        entry["postData"] |= {"_encoding": encoding} if encoding else {}
    return entry


def _response(exchange: Exchange) -> dict[str, Any]:
    response = exchange.response
    text, encoding = _text(response.body)
    mime_type = media_type(response.header("content-type") or "") or "x-unknown"
    content: dict[str, Any] = {"size": len(response.body), "mimeType": mime_type}
    content |= {"text": text} if text else {}
    known = response.status in HTTPStatus.__members__.values()
    return {
        "status": response.status,
        "statusText": HTTPStatus(response.status).phrase if known else "",
        **_common(response.headers, len(response.body)),
        "content": content | ({"encoding": encoding} if encoding else {}),
        "redirectURL": response.header("location") or "",
    }


def _common(headers: Iterable[tuple[str, str]], size: int) -> dict[str, Any]:
    return {
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _pairs(headers),
        "headersSize": UNKNOWN,
        "bodySize": size,
    }


def _text(body: bytes) -> tuple[str, str]:
    """Return a body as text, and its encoding: ``base64`` if it is not UTF-8, else ""."""
    try:
        return body.decode("utf-8"), ""
    except UnicodeDecodeError:
        return base64.b64encode(body).decode("ascii"), "base64"


def _pairs(pairs: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in pairs]
