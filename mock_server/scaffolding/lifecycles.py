"""Infer the statuses of a schema, the phase of each, and the properties that move with them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..contract.document.references import at, followed
from ..contract.document.resources.loading import (
    TIMESTAMP_FORMATS,
    declared_properties,
    property_pointers,
)
from ..contract.document.resources.types import allows_null

STATUS_NAMES = re.compile(r"(?:^|_|[a-z])(?:status|state|phase)$", re.IGNORECASE)
# Names of properties that say how something has ended, beside a status that says only that it has
RESULT_NAMES = re.compile(r"(?:^|_|[a-z])(?:conclusion|result|outcome)$", re.IGNORECASE)
# Names and descriptions of numbers that are a time: created_at, startedAtMs
UNIX_NAMES = re.compile(r"(?:_at|[a-z]At)(?:_?[Mm]s)?$")
UNIX_WORDS = re.compile(r"unix|epoch|since 1970")
# Phase → words of statuses that have it, without separators
WORDS: Mapping[str, str] = {
    "waiting": "pending queued waiting created new scheduled draft requested submitted todo open "
    "initializing initialized placed received",
    "running": "running building processing inprogress active started working deploying uploading "
    "executing validatingfiles",
    "ended-well": "succeeded success successful ready completed complete done finished passed "
    "deployed approved delivered shipped sold paid closed neutral skipped",
    "ended-badly": "failed failure error errored canceled cancelled rejected timedout expired "
    "aborted incomplete declined startupfailure actionrequired",
}
PHASE_OF = {word: phase for phase, words in WORDS.items() for word in words.split()}
ENDED = {"ended-well", "ended-badly"}
# Role → names of properties that have it, without separators
ROLE_NAMES: Mapping[str, Sequence[str]] = {
    "started_at": ("startedat", "startat", "started"),
    "completed_at": ("completedat", "finishedat", "endedat", "completed", "finished"),
    "logs": ("logs", "log"),
    "error": ("error", "errormessage", "failurereason", "failuremessage", "failure"),
}
DURATIONS = ("durationms", "tookms", "elapsedms", "durationmillis", "totaldurationms")


@dataclass(frozen=True)
class Statuses:
    """The statuses that a property can have.

    name, where: of the property, and the JSON pointer to its schema.
    phases: status → phase; guessed: the statuses whose words are not known.
    """

    name: str
    where: str
    phases: Mapping[str, str]
    guessed: frozenset[str]

    @property
    def ended(self) -> list[str]:
        """The statuses that are final."""
        return [word for word, phase in self.phases.items() if phase in ENDED]


@dataclass(frozen=True)
class Lifecycle:
    """The statuses of a resource.

    status: the property with the status. result: one that says how the resource has ended, if the
    status says only that it has. roles: role → property. duration: the property with the
    milliseconds; "" without one.
    """

    status: Statuses
    roles: Mapping[str, str]
    duration: str = ""
    result: Statuses | None = None

    @property
    def parts(self) -> tuple[Statuses, ...]:
        """The properties with the status."""
        return (self.status,) if self.result is None else (self.status, self.result)

    @property
    def phases(self) -> dict[str, str]:
        """The phase of each status that a resource can have as a whole."""
        if self.result is None:
            return dict(self.status.phases)
        ended = self.status.ended
        open_ = {word: p for word, p in self.status.phases.items() if word not in ended}
        return {**open_, **self.result.phases}

    def values(self, word: str) -> dict[str, str]:
        """Return the values of the properties that give a resource a status."""
        if self.result is not None and word in self.result.phases:
            return {self.status.name: self.status.ended[0], self.result.name: word}
        return {self.status.name: word}


def lifecycle_of(data: Any, where: str) -> Lifecycle | None:
    """Return the lifecycle of the schema at a JSON pointer.

    Its status is the first property with statuses of which one has ended and another one has not.
    """
    schema = at(data, where)
    properties, required = declared_properties(data, schema)
    pointers = dict(property_pointers(data, where))

    def statuses(name: str, default: str) -> Statuses | None:
        """Return the statuses of a property. default: the phase of those that are not known."""
        listed = [each for each in properties[name].get("enum", ()) if each is not None]
        if not all(isinstance(each, str) for each in listed):
            return None
        known = {word: PHASE_OF[plain(word)] for word in listed if plain(word) in PHASE_OF}
        phases = dict(_with_guesses(listed, known, default))
        guessed = frozenset(listed) - known.keys()
        return Statuses(name, followed(data, pointers[name]), phases, guessed)

    def is_lifecycle(found: Statuses) -> bool:
        known = {phase for word, phase in found.phases.items() if word not in found.guessed}
        return bool(known & ENDED and known - ENDED)

    def is_result(found: Statuses) -> bool:
        can_lack = found.name not in required or allows_null(properties[found.name])
        return can_lack and bool(found.phases) and len(found.ended) == len(found.phases)

    named = [statuses(name, "waiting") for name in properties if STATUS_NAMES.search(name)]
    status = next((each for each in named if each and is_lifecycle(each)), None)
    if status is None:
        return None
    results = [statuses(name, "ended-badly") for name in properties if RESULT_NAMES.search(name)]
    result = next((each for each in results if each and is_result(each)), None)
    duration = next((each for each in properties if plain(each) in DURATIONS), "")
    only_ends = len(status.ended) == 1
    return Lifecycle(status, dict(_roles(properties)), duration, result if only_ends else None)


def _with_guesses(
    words: Sequence[str], known: Mapping[str, str], phase: str
) -> Iterator[tuple[str, str]]:
    """Yield the phase of each status; one that is not known has that of the status before it.

    A word such as ``encoding`` says what goes on. phase: of the first status, if it is not known.
    """
    for word in words:
        goes_on = phase not in ENDED and plain(word).endswith("ing")
        phase = known.get(word, "running" if goes_on else phase)
        yield word, phase


def _roles(properties: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    for role, names in ROLE_NAMES.items():
        for name, schema in properties.items():
            if plain(name) in names and _may_be(role, name, schema):
                yield role, name
                break


def _may_be(role: str, name: str, schema: Mapping[str, Any]) -> bool:
    """Return whether the schema of a property fits to a role."""
    types = schema.get("type", ())
    if role == "logs":
        return "array" in types and not schema.get("minItems")
    if role == "error":
        return ("string" in types and "enum" not in schema) or "object" in types
    return schema.get("format") in TIMESTAMP_FORMATS or unix_format(name, schema) is not None


def unix_timestamps(data: Any, where: str) -> Iterator[tuple[str, str]]:
    """Yield the JSON pointer and the format of each property that is a Unix time without saying it.

    where: the JSON pointer to the schema.
    """
    properties, _ = declared_properties(data, at(data, where))
    for name, property_where in property_pointers(data, where):
        form = unix_format(name, properties[name])
        if form is not None:
            yield followed(data, property_where), form


def unix_format(name: str, schema: Mapping[str, Any]) -> str | None:
    """Return the format of a number that is a time since 1970; None for others."""
    types, words = schema.get("type", ()), str(schema.get("description", "")).lower()
    is_number = "integer" in types or "number" in types
    if not is_number or schema.get("format") in TIMESTAMP_FORMATS:
        return None
    if not UNIX_NAMES.search(name) and not UNIX_WORDS.search(words):
        return None
    return "unixtime-ms" if "milli" in words or plain(name).endswith("ms") else "unixtime"


def plain(name: str) -> str:
    """Return a name in lower case, without separators."""
    return re.sub(r"[^a-z0-9]", "", name.lower())
