"""Variations: valid releases that are odd on purpose, to find what breaks a page.

A variation begins as some fixture or scenario shows a release, has the identity of the release that
was asked for, and is then changed step by step towards the edges of its schema. The judge decides
which changes stay, so no rule of the contract is known here. The same seed, release, fixtures and
beginning of the session give the same variation in every process.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone
from random import Random
from typing import Any

from ..contract.document.spec import Spec
from ..contract.judge import Judge
from ..fixtures.timeline import Timeline, resource_of
from ..fixtures.values import Fixture
from ..foundation import timestamps
from ..state.dataset import Dataset

MOST_JUDGED = 40  # how often the judge is asked for one answer
LARGEST = 900_000  # bytes that changes may add to one answer
MANY = 5_000  # entries of a long log
LONG = 10_000  # characters of a long text
HUGE = 100_000  # characters of a log entry
SMALL = 200  # bytes of a log entry that may be repeated
DAY = 86_400_000  # milliseconds
FIFTY_YEARS = 50 * 365 * DAY

Change = dict[str, Any]  # what properties become
Together = Callable[[Random, Spec, Mapping[str, Any]], Change]
ABSENT = object()  # what a property becomes that is left out

TEXTS = (
    "",
    " ",
    "0",
    "null",
    "1234567890" * 3,
    "x" * LONG,
    "a word after another " * (LONG // 20),
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
DEEP: Any = json.loads("[" * 60 + "]" * 60)
ODD: tuple[Any, ...] = (
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
    DEEP,
    {"": None},
    {"toString": "not a function", "length": -1},
)
UNDECLARED = ("", "undeclared", "__proto__", "constructor", "\U0001f469\u200d\U0001f4bb", "a b.c/d")
OFFSETS = (345, -210, 840, -720, 0)  # minutes


def variation(
    judge: Judge,
    dataset: Dataset,
    fixture: Fixture,
    seed: int,
    began: int,
    now: int,
    base: Timeline | None = None,
    share: int = 1,
) -> dict[str, Any]:
    """A variation of the release of a fixture, in wire form, valid now.

    began, now: of the session, in milliseconds; base: what it begins as, when that is not left to
    the seed; share: among how many releases of one answer the effort and the room are divided.
    """
    spec = dataset.spec
    dice = Random(f"{seed}:{dataset.key_of(fixture)}")  # noqa: S311 - to be repeated, not secret
    moment = timestamps.to_datetime(now)
    timelines = [
        *(fixture.timeline for fixture in dataset.fixtures.releases.values()),
        *(scenario.timeline for scenario in dataset.fixtures.scenarios.values()),
    ]
    release: dict[str, Any] = {}
    for timeline in (base or dice.choice(timelines), fixture.timeline):
        segment = dice.choice(timeline.segments)
        release = resource_of(segment, began - segment.at, fixture.identity(spec, began))
        if not judge.entity(spec.release, release, moment):
            break
    room = LARGEST // share
    most = max(MOST_JUDGED // share - 2, 1)
    for _ in range(dice.randint(min(4, most), most)):
        change = _change(dice, spec, release)
        changed = {k: v for k, v in {**release, **change}.items() if v is not ABSENT}
        size = sum(_size(value) for value in change.values() if value is not ABSENT)
        if changed != release and size <= room and not judge.entity(spec.release, changed, moment):
            release, room = changed, room - size
    return release


def _change(dice: Random, spec: Spec, release: Mapping[str, Any]) -> Change:
    """One step towards an edge: of one property, or of what several say together."""
    free = [name for name in spec.properties if name not in spec.identity]
    aims: list[str | Together] = [*free, *TOGETHER]
    aim = dice.choice(aims)
    if not isinstance(aim, str):
        return aim(dice, spec, release)
    schema = spec.properties[aim]
    types = schema.get("type", [])
    kinds = [kind for kind in ([types] if isinstance(types, str) else types) if kind in EDGES]
    if schema.get("format") == "date-time":
        kinds = ["instant" if kind == "string" else kind for kind in kinds]
    elif {"enum", "const", "format"} & set(schema):
        kinds = [kind for kind in kinds if kind == "null"]
    if aim not in spec.schema(spec.release).get("required", ()):
        kinds.append("absent")
    return {aim: EDGES[dice.choice(kinds)](dice, release.get(aim))} if kinds else {}


def _number(dice: Random, value: Any) -> Any:
    near = (value + 0.25, value - 0.001, float(value)) if isinstance(value, int | float) else ()
    return dice.choice([*NUMBERS, *near, *near])


def _instant(dice: Random, value: Any) -> str:
    """The same instant written otherwise, or one of long ago."""
    at = (
        timestamps.to_datetime(timestamps.parse(value))
        if isinstance(value, str)
        else timestamps.EPOCH
    )
    return dice.choice(WRITINGS)(dice, at)


def _plain(at: datetime) -> str:
    return at.replace(tzinfo=None).isoformat(timespec="milliseconds")


WRITINGS: tuple[Callable[[Random, datetime], str], ...] = (
    lambda dice, at: at.astimezone(timezone(timedelta(minutes=dice.choice(OFFSETS)))).isoformat(
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


def _log(dice: Random, value: Any) -> list[Any]:
    log = list(value or ())
    form = next((entry for entry in log if isinstance(entry, dict) and _size(entry) <= SMALL), None)
    return dice.choice(LOGS)(dice, log, form)


def _like(form: Any, text: str) -> Any:
    """An entry of the same form as another, with this text for each of its texts."""
    if isinstance(form, dict):
        return {key: _like(value, text) for key, value in form.items()}
    return text if form is None or isinstance(form, str) else form


LOGS: tuple[Callable[[Random, list[Any], Any], list[Any]], ...] = (
    lambda _, __, ___: [],
    lambda _, __, form: [_like(form, f"Line {number}") for number in range(1, MANY + 1)],
    lambda dice, log, _: [*dice.sample(ODD, len(ODD)), *log],
    lambda dice, log, _: [*log, dice.choice(ODD)],
    lambda dice, log, form: [*log, *(_like(form, text) for text in dice.sample(TEXTS, 5))],
    lambda _, log, form: [*log, _like(form, "x" * HUGE)],
)


def _moved(dice: Random, spec: Spec, release: Mapping[str, Any]) -> Change:
    """The whole build lies further back: a day, a year, or so that it begins with 1970."""
    times = _times(spec, release)
    back = dice.choice((DAY, 365 * DAY, max(min(times.values(), default=0), 0)))
    return {name: timestamps.to_text(at - back) for name, at in times.items()}


def _paced(dice: Random, spec: Spec, release: Mapping[str, Any]) -> Change:
    """The whole build took no time at all, or half a century."""
    times, build = _times(spec, release), spec.build
    last = max(times.values(), default=0)
    span = last - min(times.values(), default=0)
    lasts = dice.choice((0, 1, FIFTY_YEARS))
    paced = {name: last - (last - at) * lasts // (span or 1) for name, at in times.items()}
    change: Change = {name: timestamps.to_text(at) for name, at in paced.items()}
    if release.get(build.duration) is not None:
        starts = [paced[name] for name in build.role_properties("started_at") if name in paced]
        ends = [paced[name] for name in build.role_properties("completed_at") if name in paced]
        change[build.duration] = max(ends, default=0) - min(starts, default=0)
    return change


def _times(spec: Spec, release: Mapping[str, Any]) -> dict[str, int]:
    """The instants of the build, in milliseconds."""
    return {
        name: timestamps.parse(release[name])
        for name in spec.properties
        if name in spec.timestamps - spec.identity and release.get(name) is not None
    }


def _undeclared(dice: Random, spec: Spec, _: Mapping[str, Any]) -> Change:
    """One property more, of which the contract says nothing."""
    name = dice.choice(UNDECLARED)
    return {} if name in spec.properties else {name: dice.choice((*ODD, *TEXTS))}


def _size(value: Any) -> int:
    return len(json.dumps(value, ensure_ascii=False).encode())


EDGES: dict[str, Callable[[Random, Any], Any]] = {
    "absent": lambda _, __: ABSENT,
    "null": lambda _, __: None,
    "boolean": lambda _, value: not value,
    "string": lambda dice, _: dice.choice(TEXTS),
    "instant": _instant,
    "number": _number,
    "integer": _number,
    "array": _log,
}
TOGETHER: tuple[Together, ...] = (_moved, _paced, _undeclared)
