"""What a server answers to the script, and to rebuilds, as far as the contract cares.

Wording, the order of keys and of lists, instants, log entries, durations that fit, and which way a
build goes are left out: two servers that keep the contract on the same data tell the same.
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

from .script import GET, LIST, OWNER, REBUILD, Sent, script

HEADERS = ("Content-Type", "Allow", "WWW-Authenticate")
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
WALKS = ("rel_pending", "rel_stale", "rel_blinky_old", "rel_pending", "rel_stale")
ENDED = ("successful", "failed")
PATIENCE = 1.2  # seconds for a build to end
MANY = 3  # requests without an answer, after which a server is left alone


Reply = tuple[int, Message, bytes]


@dataclass
class Seen:
    """What a server told: each step's request and answer, and all forms of releases it showed."""

    answers: dict[str, tuple[Sent, str]] = field(default_factory=dict)
    forms: dict[str, str] = field(default_factory=dict)  # with the operation that showed it first

    def difference(self, other: Seen, known: Mapping[str, str]) -> Mapping[str, str]:
        """By operation, the first thing that another server tells otherwise."""
        found: dict[str, str] = {}
        for step, (sent, mine) in self.answers.items():
            if step in other.answers and mine != other.answers[step][1]:
                found.setdefault(sent.operation, f"{sent.method} {sent.path} {show(sent.body)}")
        for form, operation in other.forms.items():
            if form not in known:
                found.setdefault(operation, f"a release shown as {form}")
        return found


def show(body: Any) -> str:
    text = body.decode("latin-1") if isinstance(body, bytes) else json.dumps(body)
    return "" if body is None else text[:80]


def probe(base: str) -> Seen:
    """Sends the whole script and walks through rebuilds."""
    seen = Seen()
    silences = 0
    for place, sent in enumerate(script()):
        reply = ask(base, sent)
        seen.answers[f"step {place}"] = sent, judged(seen, sent, reply)
        silences += reply[0] == 0
        if silences >= MANY:
            return seen
    for place, release_id in enumerate(WALKS):
        walk(base, seen, release_id, f"walk {place}")
    return seen


def walk(base: str, seen: Seen, release_id: str, name: str) -> None:
    """Rebuilds a release, once again while it is being built, and watches it to its end."""
    rebuild = Sent("POST", REBUILD, {"package_release_id": release_id}, OWNER)
    look = Sent("POST", GET, {"package_release_id": release_id})
    everything = [Sent("POST", LIST, {"package_id": f"pkg_{number}"}) for number in range(1, 5)]
    before = [others(ask(base, each), release_id) for each in everything]
    old = release_in(ask(base, look))
    again, deadline = False, time.monotonic() + PATIENCE
    reply = ask(base, rebuild)
    told = judged(seen, rebuild, reply), str(release_in(reply).get("display_status"))
    seen.answers[f"{name} begins"] = rebuild, " ".join(told)
    reply = ask(base, look)
    shown = judged(seen, look, reply)
    seen.answers[f"{name} begun"] = rebuild, f"{shown} {old == release_in(reply)}"
    while time.monotonic() < deadline:
        reply = ask(base, look)
        judged(seen, look, reply)
        status = release_in(reply).get("display_status")
        if status == "building" and not again:
            again = True
            reply = ask(base, rebuild)
            told = judged(seen, rebuild, reply), str(release_in(reply).get("display_status"))
            seen.answers[f"{name} again"] = rebuild, " ".join(told)
        elif status in ENDED:
            break
    after = [others(ask(base, each), release_id) for each in everything]
    seen.answers[f"{name} others"] = rebuild, str(before == after)


def ask(base: str, sent: Sent) -> Reply:
    """One request on a connection of its own; status 0 when it is not answered."""
    url = urlsplit(base)
    connection = http.client.HTTPConnection(url.netloc, timeout=2)
    body = sent.body if sent.body is None or isinstance(sent.body, bytes) else None
    if body is None and sent.body is not None:
        body = json.dumps(sent.body).encode()
    headers = {"Authorization": sent.authorization} if sent.authorization is not None else {}
    if sent.content_type is not None and body is not None:
        headers["Content-Type"] = sent.content_type
    try:
        connection.request(sent.method, url.path + sent.path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    except (OSError, http.client.HTTPException) as error:
        return 0, Message(), type(error).__name__.encode()
    finally:
        connection.close()


def judged(seen: Seen, sent: Sent, reply: Reply) -> str:
    """What an answer tells, as far as the contract cares; its releases go among the forms."""
    status, headers, content = reply
    told = [str(status)]
    told += [f"{name}: {sorted(re.split(', *', headers.get(name) or ''))}" for name in HEADERS]
    try:
        body = json.loads(content) if content else None
    except ValueError:
        return " ".join([*told, "no JSON"])
    if isinstance(body, dict):
        for name in ("package_release", "package_releases"):
            found = body.get(name)
            for release in found if isinstance(found, list) else [found]:
                if isinstance(release, dict):
                    seen.forms.setdefault(form(release), sent.operation)
                    if sent.path.endswith("=false"):
                        logs = [name for name in release if name.endswith("_logs")]
                        told += [f"{log} told" for log in logs if release[log]]
        body = {name: plain(value) for name, value in body.items()}
    return " ".join([*told, json.dumps(body, sort_keys=True)])


def plain(value: Any) -> Any:
    """A part of an answer without what is free: of releases what a build never changes."""
    if isinstance(value, list):
        return sorted((plain(item) for item in value), key=str)
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
    """How a release is shown, its values apart: statuses, flags, and what stands beside them."""
    told = {name: shape(value) for name, value in release.items() if name not in IDENTITY}
    starts = instants(release, "_started_at")
    ends = instants(release, "_completed_at")
    spent = release.get("total_build_duration_ms")
    if starts and ends and isinstance(spent, int | float):
        fits = abs((max(ends) - min(starts)).total_seconds() * 1000 - spent) <= 1
        told["total_build_duration_ms"] = "fits" if fits else "does not fit"
    told["order"] = str(all(a <= b for a, b in zip(sorted(starts), sorted(ends), strict=False)))
    told["future"] = str(any((at - datetime.now(at.tzinfo)).days >= 0 for at in starts + ends))
    return " ".join(f"{name}={told[name]}" for name in sorted(told))


def shape(value: Any) -> str:
    if isinstance(value, str):
        return "instant" if INSTANT.fullmatch(value) else value if len(value) < 12 else "text"
    if isinstance(value, list):
        return "some" if value else "none"
    return str(value) if value is None or isinstance(value, bool) else type(value).__name__


def instants(release: Mapping[str, Any], suffix: str) -> list[datetime]:
    texts = [text for name, text in release.items() if name.endswith(suffix)]
    return [
        datetime.fromisoformat(text)
        for text in texts
        if isinstance(text, str) and INSTANT.fullmatch(text)
    ]


def others(reply: Reply, release_id: str) -> list[Any]:
    """The releases of a list apart from one."""
    try:
        listed = json.loads(reply[2]).get("package_releases", [])
        return [each for each in listed if each.get("package_release_id") != release_id]
    except (ValueError, AttributeError):
        return ["unreadable"]


def release_in(reply: Reply) -> Mapping[str, Any]:
    try:
        found = json.loads(reply[2])["package_release"]
        return found if isinstance(found, dict) else {}
    except (ValueError, KeyError, TypeError):
        return {}
