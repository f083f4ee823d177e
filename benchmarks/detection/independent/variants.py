"""Unusual servers that still do everything that openapi.yaml states."""

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from .builds import view
from .data import Build, Data, Json, Release, package, release
from .messages import Request, Response, surrogate_body


@dataclass(frozen=True)
class Variant:
    """One unusual server: what is unusual, and the decisions that it replaces."""

    about: str
    changes: dict[str, Any]


def _local(text: str) -> str:
    """Return a timestamp with an offset and microseconds."""
    moment = datetime.fromisoformat(text)
    zone = timezone(timedelta(0) if moment.minute % 2 else timedelta(hours=5, minutes=30))
    return moment.astimezone(zone).isoformat(timespec="microseconds")


def offset_view(release: Release, build: Build, now: int) -> dict[str, Json]:
    """Return a release with offsets in its timestamps and a fractional duration."""
    result = view(release, build, now)
    for name, value in result.items():
        if name.endswith("_at") and value is not None:
            result[name] = _local(value)
    duration = result["total_build_duration_ms"]
    return result | {"total_build_duration_ms": duration and duration + 0.0005}


def extra_members(view: dict[str, Json], release: Release, now: int) -> dict[str, Json]:
    """Return a release with properties that the document does not name."""
    extra: dict[str, Json] = {
        "": None,
        "_links": {"self": release.key},
        "$now": now,
        "constructor": [],
        "error": {},
    }
    return extra | view


def extra_headers(request: Request, response: Response) -> Response:  # noqa: ARG001
    """Return a response with more headers and another spelling of its media type."""
    more = {
        "x-powered-by": "independent",
        "Set-Cookie": "session=1; HttpOnly",
        "Vary": "*",
        "Strict-Transport-Security": "max-age=1",
    }
    if response.body is not None:
        more["Content-Type"] = "Application/JSON;Charset=UTF-8"
    response.headers = more | response.headers
    return response


def reversed_keys(request: Request, response: Response) -> Response:  # noqa: ARG001
    """Return a response with its keys in reverse order."""
    response.body = _reversed(response.body)
    return response


def _reversed(value: Json) -> Json:
    if isinstance(value, dict):
        return {key: _reversed(member) for key, member in reversed(list(value.items()))}
    return [_reversed(item) for item in value] if isinstance(value, list) else value


def with_twin(data: Data) -> Data:
    """Add the package `ada/blinky` beside `@ada/blinky`, with the same versions."""
    data.packages.append(package("pkg_8", "ada/blinky", "account-1234", "rel_twin_2", "2.0.0"))
    for number, created in ((1, 1_700_000_000_000), (2, 1_700_086_400_000)):
        row = (f"rel_twin_{number}", "pkg_8", f"{number}.0.0", "successful", number == 2)
        data.releases.append(release((*row, False, False, "account-9", "feed001", None), created))
    return data


def with_many(data: Data) -> Data:
    """Add 400 releases to the package of the examples."""
    for number in range(400):
        row = (f"rel_many_{number}", "pkg_3", f"0.0.{number}", "successful", False, False, False)
        data.releases.append(release((*row, "account-1234", "c0ffee9", None), 1_700_000_000_000))
    return data


VARIANTS = {
    "unchanged": Variant("the server without changes", {}),
    "offset-timestamps": Variant(
        "timestamps with offsets and microseconds, and durations with fractions",
        {"view": offset_view},
    ),
    "chunked": Variant("every body is sent in two chunks", {"chunked": True}),
    "extras": Variant(
        "headers and properties that the document does not name",
        {"edit_response": extra_headers, "edit_release": extra_members},
    ),
    "gzip": Variant("bodies are compressed for clients that accept it", {"compress": True}),
    "other-json": Variant(
        "keys in reverse order, unicode escapes, indented",
        {"edit_response": reversed_keys, "dump": {"ensure_ascii": True, "indent": True}},
    ),
    "http-1.0": Variant("HTTP/1.0; each connection has one request", {"http_version": "HTTP/1.0"}),
    "scoped-twin": Variant("`ada/blinky` and `@ada/blinky` exist", {"edit_data": with_twin}),
    "lenient": Variant(
        "lone surrogates are accepted, the limit is exactly 16 KiB, and there are no streams",
        {"parse": surrogate_body, "limit": 16_384, "streams": False},
    ),
    "slow-builds": Variant("a build takes six seconds", {"length": 6_000}),
    "long-lists": Variant("a package has more than 400 releases", {"edit_data": with_many}),
}
