"""Variations: valid but unusual resources, which show where a page breaks.

A variation starts with the state of some fixture or scenario and the identity of the requested
resource. Random changes then move it towards the limits of its schema. The judge decides which
changes remain, so that this module contains no rule of the contract. The variation depends only on
the seed, the resource, the fixtures and the start of the session.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone
from random import Random
from typing import Any

from ..contract.document.resources.types import ResourceType
from ..contract.judge import Judge
from ..fixtures.timeline import Timeline, resource_of
from ..fixtures.values import shifted_identity
from ..foundation import timestamps
from ..state.catalog import Resource
from ..state.view import View

MAX_JUDGED = 40  # calls of the judge per response
MAX_ADDED = 900_000  # bytes that changes may add to a response
LONG_LOG = 5_000  # entries
LONG_TEXT = 10_000  # characters
LONG_ENTRY = 100_000  # characters of a log entry
MAX_REPEATED = 200  # bytes of a log entry that is repeated LONG_LOG times
DAY = 86_400_000  # milliseconds
FIFTY_YEARS = 50 * 365 * DAY

Change = dict[str, Any]  # new values of properties
CombinedChange = Callable[[Random, ResourceType, Mapping[str, Any]], Change]
ABSENT = object()  # the new value of a property that is removed

TEXTS = (
    "",
    " ",
    "0",
    "null",
    "1234567890" * 3,
    "x" * LONG_TEXT,
    "a word after another " * (LONG_TEXT // 20),
    "one line\n" * 1_000,
    "tab\tand\r\nanother line\n\n\u2028and more\u0000\u0007\u001b[31mred\u001b[0m\u007f",
    "<b>bold</b><img src=x onerror=alert(1)><script>alert(2)</script> & &amp; </textarea>",
    "' OR 1=1; -- \" ` \\ %s {{7*7}} ${7*7} ../../",
    "\u05e9\u05d2\u05d9\u05d0\u05d4 \u0641\u0634\u0644 \u202egnp.exe\u202c \u2066mixed 12:30\u2069",
    "\U0001f469\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466\U0001f1fa\U0001f1f3\U0001f6a8" * 20,
    "Z\u0351\u036b\u0343a\u030a\u0301l\u0327\u0489g\u0334\u0321o\u0338 \ufeff\u200b\u00ad",
    '{"error": null}',
)
NUMBERS = (0, -0.0, -1, 1, 0.1, 1e-9, 5e-324, 2**31, 2**53 + 1, 1e21, 1.7976931348623157e308)
DEEP_LIST: Any = json.loads("[" * 60 + "]" * 60)
UNUSUAL_ENTRIES: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -0.5,
    2**53 + 1,
    1e300,
    "",
    [],
    {},
    ["a", ["b", None]],
    DEEP_LIST,
    {"": None},
    {"toString": "not a function", "length": -1},
)
UNDECLARED_NAMES = (
    "",
    "undeclared",
    "__proto__",
    "constructor",
    "\U0001f469\u200d\U0001f4bb",
    "a b.c/d",
)
OFFSETS = (345, -210, 840, -720, 0)  # minutes


def variation(
    judge: Judge,
    view: View,
    resource: Resource,
    seed: int,
    base: Timeline | None = None,
    in_response: int = 1,
) -> dict[str, Any]:
    """Return a variation of a resource, as JSON, that is valid at the time of the view.

    base: the timeline that it starts with; by default the seed selects one.
    in_response: number of resources in the response, which share its limits.
    """
    resource_type, started_at = resource.type, view.session_state.started_at
    name, fixtures = resource_type.name, view.dataset.fixtures
    rng = Random(f"{seed}:{resource.key}")  # noqa: S311 - repeatable, not secret
    time = timestamps.to_datetime(view.now)
    timelines = [
        *(fixture.timeline for fixture in fixtures.of_type(name).values()),
        *(scenario.timeline for scenario in fixtures.scenarios_of(name).values()),
    ]
    value = dict(view.value(resource))
    identity = shifted_identity(resource_type, value, 0)
    own = resource.fixture.timeline if resource.fixture else None
    for timeline in (base or rng.choice(timelines), own) if resource_type.timeline and own else ():
        segment = rng.choice(timeline.segments)
        value = resource_of(segment, started_at - segment.at, identity)
        if not judge.resource(name, value, time):
            break
    room = MAX_ADDED // in_response
    max_changes = max(MAX_JUDGED // in_response - 2, 1)
    for _ in range(rng.randint(min(4, max_changes), max_changes)):
        change = _change(rng, resource_type, value)
        changed = {k: v for k, v in {**value, **change}.items() if v is not ABSENT}
        size = sum(_size(each) for each in change.values() if each is not ABSENT)
        if changed != value and size <= room and not judge.resource(name, changed, time):
            value, room = changed, room - size
    return value


def _change(rng: Random, resource_type: ResourceType, value: Mapping[str, Any]) -> Change:
    """Return a random change of a property, or of several that depend on each other."""
    kept = resource_type.identity if resource_type.timeline else frozenset(resource_type.keys)
    free = [name for name in resource_type.properties if name not in kept]
    targets: list[str | CombinedChange] = [*free, *COMBINED_CHANGES]
    target = rng.choice(targets)
    if not isinstance(target, str):
        return target(rng, resource_type, value)
    schema = resource_type.properties[target]
    types = schema.get("type", [])
    kinds = [kind for kind in ([types] if isinstance(types, str) else types) if kind in EDGE_CASES]
    if schema.get("format") == "date-time":
        kinds = ["timestamp" if kind == "string" else kind for kind in kinds]
    elif {"enum", "const", "format"} & set(schema):
        kinds = [kind for kind in kinds if kind == "null"]
    if target not in resource_type.required:
        kinds.append("absent")
    return {target: EDGE_CASES[rng.choice(kinds)](rng, value.get(target))} if kinds else {}


def _number(rng: Random, value: Any) -> Any:
    nearby = (value + 0.25, value - 0.001, float(value)) if isinstance(value, int | float) else ()
    return rng.choice([*NUMBERS, *nearby, *nearby])


def _timestamp(rng: Random, value: Any) -> str:
    """Return the same timestamp in another form, or one of long ago."""
    at = (
        timestamps.to_datetime(timestamps.parse(value))
        if isinstance(value, str)
        else timestamps.EPOCH
    )
    return rng.choice(TIMESTAMP_FORMS)(rng, at)


def _plain(at: datetime) -> str:
    return at.replace(tzinfo=None).isoformat(timespec="milliseconds")


TIMESTAMP_FORMS: tuple[Callable[[Random, datetime], str], ...] = (
    lambda rng, at: at.astimezone(timezone(timedelta(minutes=rng.choice(OFFSETS)))).isoformat(
        timespec="milliseconds"
    ),
    lambda _, at: _plain(at) + "123Z",
    lambda _, at: _plain(at) + "000000Z",
    lambda _, at: _plain(at)[:-4] + "Z",
    lambda _, at: _plain(at)[:-2] + "Z",
    lambda _, at: _plain(at) + "-00:00",
    lambda _, __: "1970-01-01T00:00:00Z",
    lambda _, __: "1000-02-28T23:59:59.999Z",
)


def _log(rng: Random, value: Any) -> list[Any]:
    log = list(value or ())
    form = next(
        (entry for entry in log if isinstance(entry, dict) and _size(entry) <= MAX_REPEATED), None
    )
    return rng.choice(LOG_CHANGES)(rng, log, form)


def _like(form: Any, text: str) -> Any:
    """Return an entry of the same form as another, with each text replaced."""
    if isinstance(form, dict):
        return {key: _like(value, text) for key, value in form.items()}
    return text if form is None or isinstance(form, str) else form


LOG_CHANGES: tuple[Callable[[Random, list[Any], Any], list[Any]], ...] = (
    lambda _, __, ___: [],
    lambda _, __, form: [_like(form, f"Line {number}") for number in range(1, LONG_LOG + 1)],
    lambda rng, log, _: [*rng.sample(UNUSUAL_ENTRIES, len(UNUSUAL_ENTRIES)), *log],
    lambda rng, log, _: [*log, rng.choice(UNUSUAL_ENTRIES)],
    lambda rng, log, form: [*log, *(_like(form, text) for text in rng.sample(TEXTS, 5))],
    lambda _, log, form: [*log, _like(form, "x" * LONG_ENTRY)],
)


def _in_the_past(rng: Random, resource_type: ResourceType, value: Mapping[str, Any]) -> Change:
    """Move the timeline into the past: by a day, by a year, or to the start of 1970."""
    times = _times(resource_type, value)
    offset = rng.choice((DAY, 365 * DAY, max(min(times.values(), default=0), 0)))
    forms = resource_type.timestamps
    return {name: timestamps.written(at - offset, forms[name]) for name, at in times.items()}


def _with_duration(rng: Random, resource_type: ResourceType, value: Mapping[str, Any]) -> Change:
    """Change the duration of the timeline to 0 ms, 1 ms or 50 years."""
    times, roles = _times(resource_type, value), resource_type.timeline
    last = max(times.values(), default=0)
    span = last - min(times.values(), default=0)
    duration = rng.choice((0, 1, FIFTY_YEARS))
    scaled = {name: last - (last - at) * duration // (span or 1) for name, at in times.items()}
    forms = resource_type.timestamps
    change: Change = {name: timestamps.written(at, forms[name]) for name, at in scaled.items()}
    if roles and value.get(roles.duration) is not None:
        starts = [scaled[name] for name in roles.role_properties("started_at") if name in scaled]
        ends = [scaled[name] for name in roles.role_properties("completed_at") if name in scaled]
        change[roles.duration] = max(ends, default=0) - min(starts, default=0)
    return change


def _times(resource_type: ResourceType, value: Mapping[str, Any]) -> dict[str, int]:
    """Return the timestamps that a timeline changes, in milliseconds since 1970."""
    return {
        name: timestamps.read(value[name], form)
        for name, form in resource_type.timestamps.items()
        if name not in resource_type.identity and value.get(name) is not None
    }


def _with_undeclared(rng: Random, resource_type: ResourceType, _: Mapping[str, Any]) -> Change:
    """Add a property that the contract does not declare."""
    name = rng.choice(UNDECLARED_NAMES)
    return (
        {} if name in resource_type.properties else {name: rng.choice((*UNUSUAL_ENTRIES, *TEXTS))}
    )


def _size(value: Any) -> int:
    return len(json.dumps(value, ensure_ascii=False).encode())


EDGE_CASES: dict[str, Callable[[Random, Any], Any]] = {
    "absent": lambda _, __: ABSENT,
    "null": lambda _, __: None,
    "boolean": lambda _, value: not value,
    "string": lambda rng, _: rng.choice(TEXTS),
    "timestamp": _timestamp,
    "number": _number,
    "integer": _number,
    "array": _log,
}
COMBINED_CHANGES: tuple[CombinedChange, ...] = (_in_the_past, _with_duration, _with_undeclared)
