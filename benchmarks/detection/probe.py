"""Observe the responses of a server to the script and to rebuilds, as far as the contract requires.

The observations omit what the contract leaves open: wording, the order of keys and lists,
timestamps, log entries, durations that match, and whether a build succeeds. Two servers that follow
the contract with the same data have the same observations.
"""

from __future__ import annotations

import http.client
import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.message import Message
from typing import Any
from urllib.parse import urlsplit

from .script import GET, LIST, OWNER, REBUILD, Request, script

HEADERS = ("Content-Type", "Allow", "WWW-Authenticate")
TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
REBUILT = ("rel_pending", "rel_stale", "rel_blinky_old", "rel_pending", "rel_stale")
ENDED = ("successful", "failed")
BUILD_TIMEOUT = 1.2  # seconds
MAX_LOST = 3  # requests without a response, after which the probe stops


Response = tuple[int, Message, bytes]


@dataclass
class Observations:
    """What a probe observed.

    responses: of each step, the request and a summary of the response.
    forms: of releases, each with the operation that returned it first.
    """

    responses: dict[str, tuple[Request, str]] = field(default_factory=dict)
    forms: dict[str, str] = field(default_factory=dict)

    def difference(self, other: Observations, known_forms: Mapping[str, str]) -> Mapping[str, str]:
        """Return the operations with a difference, each with its first difference.

        known_forms: forms that are not a difference.
        """
        differences: dict[str, str] = {}
        for step, (request, summary) in self.responses.items():
            if step in other.responses and summary != other.responses[step][1]:
                description = f"{request.method} {request.path} {shorten(request.body)}"
                differences.setdefault(request.operation, description)
        for form, operation in other.forms.items():
            if form not in known_forms:
                differences.setdefault(operation, f"a release with {form}")
        return differences


def shorten(body: Any) -> str:
    """Return the start of a body as text."""
    text = body.decode("latin-1") if isinstance(body, bytes) else json.dumps(body)
    return "" if body is None else text[:80]


def probe(base_url: str) -> Observations:
    """Send the whole script and observe several rebuilds."""
    observations = Observations()
    lost = 0
    for position, request in enumerate(script()):
        response = send(base_url, request)
        summary = summarize(observations, request, response)
        observations.responses[f"step {position}"] = request, summary
        lost += response[0] == 0
        if lost >= MAX_LOST:
            return observations
    for position, release_id in enumerate(REBUILT):
        observe_rebuild(base_url, observations, release_id, f"rebuild {position}")
    return observations


def observe_rebuild(base_url: str, observations: Observations, release_id: str, name: str) -> None:
    """Rebuild a release, rebuild it again while it is building, and poll it to its end."""
    rebuild = Request("POST", REBUILD, {"package_release_id": release_id}, OWNER)
    get = Request("POST", GET, {"package_release_id": release_id})
    lists = [Request("POST", LIST, {"package_id": f"pkg_{number}"}) for number in range(1, 5)]

    def other_releases() -> list[list[Any]]:
        return [without_release(send(base_url, request), release_id) for request in lists]

    def observe_response(step: str) -> None:
        response = send(base_url, rebuild)
        status = release_in(response).get("display_status")
        summary = f"{summarize(observations, rebuild, response)} {status}"
        observations.responses[f"{name} {step}"] = rebuild, summary

    before, old_release = other_releases(), release_in(send(base_url, get))
    rebuilt_again, deadline = False, time.monotonic() + BUILD_TIMEOUT
    observe_response("first")
    response = send(base_url, get)
    summary = f"{summarize(observations, get, response)} {old_release == release_in(response)}"
    observations.responses[f"{name} started"] = rebuild, summary
    while time.monotonic() < deadline:
        response = send(base_url, get)
        summarize(observations, get, response)
        status = release_in(response).get("display_status")
        if status == "building" and not rebuilt_again:
            rebuilt_again = True
            observe_response("again")
        elif status in ENDED:
            break
    observations.responses[f"{name} others"] = rebuild, str(before == other_releases())


def send(base_url: str, request: Request) -> Response:
    """Send a request over a new connection. The status is 0 if there is no response."""
    url = urlsplit(base_url)
    connection = http.client.HTTPConnection(url.netloc, timeout=2)
    body = request.body
    if body is not None and not isinstance(body, bytes):
        body = json.dumps(body).encode()
    headers = {}
    if request.authorization is not None:
        headers["Authorization"] = request.authorization
    if request.content_type is not None and body is not None:
        headers["Content-Type"] = request.content_type
    try:
        connection.request(request.method, url.path + request.path, body, headers)
        response = connection.getresponse()
        return response.status, response.headers, response.read()
    except (OSError, http.client.HTTPException) as error:
        return 0, Message(), type(error).__name__.encode()
    finally:
        connection.close()


def summarize(observations: Observations, request: Request, response: Response) -> str:
    """Return what the contract requires of a response, and add the forms of its releases."""
    status, headers, content = response
    parts = [str(status)]
    parts += [f"{name}: {sorted(re.split(', *', headers.get(name) or ''))}" for name in HEADERS]
    try:
        body = json.loads(content) if content else None
    except ValueError:
        return " ".join([*parts, "not JSON"])
    if isinstance(body, dict):
        for release in _releases(body):
            observations.forms.setdefault(form(release), request.operation)
            if request.path.endswith("=false"):
                parts += [f"{name} not empty" for name in release if _has_log(release, name)]
        body = {name: simplify(value) for name, value in body.items()}
    return " ".join([*parts, json.dumps(body, sort_keys=True)])


def _releases(body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the releases of a body: one, or a list."""
    values = [body.get("package_release")]
    listed = body.get("package_releases")
    values += listed if isinstance(listed, list) else [listed]
    return [value for value in values if isinstance(value, dict)]


def _has_log(release: Mapping[str, Any], name: str) -> bool:
    return name.endswith("_logs") and bool(release[name])


def simplify(value: Any) -> Any:
    """Return a value without what the contract leaves open, and without the state of builds."""
    if isinstance(value, list):
        return sorted((simplify(item) for item in value), key=str)
    if not isinstance(value, dict):
        return value
    if "package_release_id" in value:
        return {name: value[name] for name in value if name in IDENTITY}
    if "error_code" in value:
        return {name: type(value[name]).__name__ for name in value} | {"code": value["error_code"]}
    return value


IDENTITY = (
    *("package_release_id", "package_id", "creator_account_id", "version", "commit_sha"),
    *("license", "is_locked", "is_latest", "created_at"),
)


def form(release: Mapping[str, Any]) -> str:
    """Return the statuses and flags of a release, and the kinds of its other values."""
    kinds = {name: kind(value) for name, value in release.items() if name not in IDENTITY}
    starts = timestamps(release, "_started_at")
    ends = timestamps(release, "_completed_at")
    duration = release.get("total_build_duration_ms")
    if starts and ends and isinstance(duration, int | float):
        fits = abs((max(ends) - min(starts)).total_seconds() * 1000 - duration) <= 1
        kinds["total_build_duration_ms"] = "fits" if fits else "does not fit"
    kinds["order"] = str(all(a <= b for a, b in zip(sorted(starts), sorted(ends), strict=False)))
    kinds["future"] = str(any((at - datetime.now(at.tzinfo)).days >= 0 for at in starts + ends))
    return " ".join(f"{name}={kinds[name]}" for name in sorted(kinds))


def kind(value: Any) -> str:
    """Return the kind of a value. Short texts, such as statuses, are their own kind."""
    if isinstance(value, str):
        if TIMESTAMP.fullmatch(value):
            return "timestamp"
        return value if len(value) < 12 else "text"
    if isinstance(value, list):
        return "some" if value else "none"
    return str(value) if value is None or isinstance(value, bool) else type(value).__name__


def timestamps(release: Mapping[str, Any], suffix: str) -> list[datetime]:
    """Return the timestamps of the properties whose names have this suffix."""
    texts = [text for name, text in release.items() if name.endswith(suffix)]
    return [
        datetime.fromisoformat(text)
        for text in texts
        if isinstance(text, str) and TIMESTAMP.fullmatch(text)
    ]


def without_release(response: Response, release_id: str) -> list[Any]:
    """Return the releases of a list without the one with this id."""
    try:
        listed = json.loads(response[2]).get("package_releases", [])
        return [release for release in listed if release.get("package_release_id") != release_id]
    except (ValueError, AttributeError):
        return ["unreadable"]


def release_in(response: Response) -> Mapping[str, Any]:
    """Return the release of a response, or an empty mapping."""
    try:
        release = json.loads(response[2])["package_release"]
        return release if isinstance(release, dict) else {}
    except (ValueError, KeyError, TypeError):
        return {}
