"""Write HAR files, as a browser or a proxy records them."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

SERVER = "https://api.example.com/api"
START = datetime(2026, 1, 1, 12, tzinfo=UTC)


def entry(
    method: str,
    url: str,
    status: int,
    response: Any = None,
    body: Any = None,
    *,
    seconds: float = 0,
    headers: Mapping[str, str] | None = None,
    media_type: str = "application/json",
) -> dict[str, Any]:
    """Return an entry of a HAR file: a request with its response, some seconds after the start.

    url: a path of the API on ``SERVER``, or a whole URL.
    """
    whole = url if "://" in url else SERVER + url
    sent = {"content-type": "application/json"} if body is not None else {}
    return {
        "startedDateTime": (START + timedelta(seconds=seconds)).isoformat(),
        "time": 20.5,
        "request": {
            "method": method,
            "url": whole,
            "headers": pairs({**sent, **(headers or {})}),
            "postData": {} if body is None else {"text": text(body)},
        },
        "response": {
            "status": status,
            "headers": pairs({"content-type": media_type}),
            "content": {"size": 9, "mimeType": media_type, "text": text(response)},
        },
    }


def text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def pairs(headers: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in headers.items()]


def har(folder: Path, *entries: Any, name: str = "traffic.har") -> Path:
    """Write a HAR file."""
    file = folder / name
    log = {"version": "1.2", "creator": {"name": "tests", "version": "1"}, "entries": entries}
    file.write_text(json.dumps({"log": log}), "utf-8")
    return file
