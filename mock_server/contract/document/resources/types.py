"""The types of resources of an API, as frozen values: keys, parents, owners, timelines.

This module does not contain a property or a status of an API: these are only in the document, and
docs/resources.md explains each ``x-`` extension. Here are only the roles.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

PHASES = ("waiting", "running", "ended-well", "ended-badly")
COLORS = dict(zip(PHASES, ("yellow", "blue", "green", "red"), strict=True))
ROLES = (
    *("status", "in_progress", "started_at", "completed_at", "logs", "stale"),
    *("error", "error_at"),
)
FIELD = re.compile(r"\{([^{}]+)\.([^{}.]+)\}")  # "{Project.name}" in x-lookup
WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+")


@dataclass(frozen=True)
class Process:
    """A process in a timeline: its name, and the property of the resource for each role.

    A timeline without processes has one, with an empty name: the resource itself.
    optional: whether a resource can lack it; then its status is absent or null.
    """

    name: str
    properties: Mapping[str, str]
    optional: bool = False

    def __getitem__(self, role: str) -> str:
        return self.properties[role]

    def get(self, role: str) -> str | None:
        """Return the property with a role; None if the document names none."""
        return self.properties.get(role)


@dataclass(frozen=True)
class TimelineRoles:
    """How the status of a resource moves over time: the properties that a timeline changes.

    status: the properties with the status; the last one that is not null has the word.
    duration: "" if the document names none.
    processes: in the order they run.
    phases, colors: status → phase or color.
    changes: the other properties that a timeline can change.
    """

    status: tuple[str, ...]
    duration: str
    processes: tuple[Process, ...]
    phases: Mapping[str, str]
    colors: Mapping[str, str]
    changes: tuple[str, ...] = ()

    def role_properties(self, role: str) -> tuple[str, ...]:
        """Return the properties with a role, in the order of the processes that have it."""
        return tuple(p[role] for p in self.processes if role in p.properties)

    def present(self, value: Mapping[str, Any]) -> tuple[Process, ...]:
        """Return the processes that a resource has."""
        return tuple(p for p in self.processes if self.status_of_process(p, value) is not None)

    def status_of(self, value: Mapping[str, Any]) -> str | None:
        """Return the status of a resource: the last one that is not null."""
        words = (value.get(name) for name in reversed(self.status))
        return next((word for word in words if word is not None), None)

    def status_of_process(self, process: Process, value: Mapping[str, Any]) -> str | None:
        """Return the status of a process; that of the resource if the process is the resource."""
        own = process["status"] in self.status
        status: str | None = self.status_of(value) if own else value.get(process["status"])
        return status

    def phase_of(self, value: Mapping[str, Any]) -> str:
        """Return the phase of a resource, one of PHASES."""
        return self.phase(self.status_of(value))

    def phase(self, status: str | None) -> str:
        """Return the phase of a status, one of PHASES; the first for null."""
        return PHASES[0] if status is None else self.phases[status]

    def is_in(self, value: Mapping[str, Any], words: Collection[str]) -> bool:
        """Return whether a resource has one of these statuses, or one in these phases."""
        return not {self.status_of(value), self.phase_of(value)}.isdisjoint(words)

    def ended(self, status: str | None) -> bool:
        """Return whether a status is final."""
        return self.phase(status).startswith("ended")

    @cached_property
    def initial(self) -> str:
        """Return the status of a new resource: the first one of the earliest phase."""
        return min(self.phases, key=lambda status: PHASES.index(self.phases[status]))

    @cached_property
    def properties(self) -> frozenset[str]:
        """Return every property that a timeline can change."""
        of_processes = (name for each in self.processes for name in each.properties.values())
        return frozenset((*self.status, self.duration, *of_processes, *self.changes)) - {""}


@dataclass(frozen=True)
class ResourceType:
    """A type of resource.

    keys: the properties that are its key, together; name: of its schema.
    parent, parent_keys: the name of the parent type, and the properties that contain its key.
    not_found_code: the error code for an unknown key; "" if the document names none.
    owner: a property, and the property of the callers that own the resource: those with an equal
    value; None if the parent owns it.
    unique: groups of properties whose values no two resources share.
    folder: the name of its folder or file among the fixtures.
    properties: the declared ones, each with its resolved schema.
    pointers: the JSON pointers to their schemas, which can be in a part of ``allOf``.
    required: those that every resource has.
    embedded: the properties that contain the parent, or a list of children → their type.
    timestamps: the properties that are timestamps, each with its format (foundation/timestamps).
    inner_timestamps: the paths to timestamps inside properties, such as those of log entries, and
    the format of each. A path has ``*`` for every item of a list.
    """

    name: str
    keys: tuple[str, ...]
    parent: str | None
    parent_keys: tuple[str, ...]
    not_found_code: str
    owner: tuple[str, str] | None
    unique: tuple[tuple[str, ...], ...]
    folder: str
    properties: Mapping[str, Mapping[str, Any]]
    required: frozenset[str]
    timestamps: Mapping[str, str]
    inner_timestamps: Mapping[str, Mapping[tuple[str, ...], str]]
    timeline: TimelineRoles | None = None
    embedded: Mapping[str, str] = field(default_factory=dict)
    pointers: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """Return the property that is the key, or the last one of them."""
        return self.keys[-1]

    def key_of(self, value: Mapping[str, Any]) -> str | None:
        """Return the key of a resource as text; None if it lacks one of its properties."""
        return joined_key(value, self.keys)

    def parent_key_of(self, value: Mapping[str, Any]) -> str | None:
        """Return the key of the parent as text; None if the resource has no parent."""
        return joined_key(value, self.parent_keys) if self.parent_keys else None

    def allows_null(self, name: str) -> bool:
        """Return whether a declared property can be null."""
        return allows_null(self.properties.get(name, {}))

    @cached_property
    def identity(self) -> frozenset[str]:
        """Return the declared properties that a timeline does not change."""
        changed = self.timeline.properties if self.timeline else frozenset()
        return frozenset(self.properties) - changed

    @cached_property
    def moving(self) -> frozenset[str]:
        """Return the declared properties whose values depend on the time: those that a timeline
        changes, and timestamps, which are shifted to the start of a session."""
        return frozenset(self.properties) - (self.identity - self.timestamps.keys())

    @cached_property
    def label(self) -> str:
        """Return the name as words: ``package release``."""
        return " ".join(word.lower() for word in WORDS.findall(self.name)) or self.name


def joined_key(value: Mapping[str, Any], names: tuple[str, ...]) -> str | None:
    """Return the values of properties as one text, joined by ``/``; None if one is missing.

    A ``/`` in one of several values is written as ``~1`` (RFC 6901, section 3).
    """
    if len(names) == 1:
        single = value.get(names[0])
        return None if single is None else key_text(single)
    texts = [value.get(name) for name in names]
    if any(text is None for text in texts):
        return None
    return "/".join(key_text(text).replace("~", "~0").replace("/", "~1") for text in texts)


def key_text(value: Any) -> str:
    """Return a value as the text by which a request finds it: that of JSON, without quotes."""
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return json.dumps(value, ensure_ascii=False)


def allows_null(schema: Mapping[str, Any]) -> bool:
    """Return whether a property can be null. schema: its resolved schema."""
    return "null" in schema.get("type", ()) or None in schema.get("enum", ())
