"""The spec as frozen values: operations, entities, the build and its roles.

What the words of the API are stands in ``openapi.yaml`` alone; here are only the roles that they
play. The meaning of each ``x-`` extension is described in the spec's own ``info.description``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ..source.yaml_documents import Document
from ..violations import parts

METHODS = ("get", "put", "post", "delete", "patch", "head", "options", "trace")
PHASES = ("waiting", "running", "ended-well", "ended-badly")
REQUIRED_ROLES = ("status", "in_progress", "started_at", "completed_at", "logs", "stale")
OPTIONAL_ROLES = ("error", "error_at")
ROLES = REQUIRED_ROLES + OPTIONAL_ROLES
# what the events of a stream tell, and the roles of each
EVENTS = {"release": (), "log": ("name", "place", "value"), "end": ("status",)}


@dataclass(frozen=True)
class Process:
    """A build process: its prefix, and by role the property that plays it."""

    name: str
    properties: Mapping[str, str]

    def __getitem__(self, role: str) -> str:
        return self.properties[role]


@dataclass(frozen=True)
class Build:
    """The properties of a release that speak of its build; processes in the order they run."""

    status: str
    duration: str
    processes: tuple[Process, ...]

    def role_properties(self, role: str) -> tuple[str, ...]:
        """The properties that play a role, in the order of the processes that have it."""
        return tuple(p[role] for p in self.processes if role in p.properties)


@dataclass(frozen=True)
class Entity:
    """A thing that the API knows by a key, and what it belongs to."""

    name: str
    key: str
    parent: str | None
    parent_key: str | None
    not_found_code: str


@dataclass(frozen=True)
class LookupWay:
    """One way to look things up: request keys and the text that each must equal."""

    by: Mapping[str, str]
    where: Mapping[str, Any]


@dataclass(frozen=True)
class Lookup:
    """How an operation finds its answer; ``otherwise`` says what it answers with no way given."""

    finds: str
    ways: tuple[LookupWay, ...]
    filters: tuple[str, ...]
    otherwise: str | None


@dataclass(frozen=True)
class Parameter:
    """A parameter of query or path; ``omits`` is the role whose properties ``false`` empties."""

    name: str
    pointer: str
    schema: Mapping[str, Any]
    required: bool
    omits: str | None


@dataclass(frozen=True)
class IssueFormat:
    """Where an error lists its issues (the outer and the inner property), and what each says."""

    path: tuple[str, str]
    location: str
    message: str


@dataclass(frozen=True)
class Event:
    """An event of a stream: its name, where the schema of its data stands, and by role the property
    of its data that plays it (of ``log``: name, place, value; of ``end``: status)."""

    name: str
    schema: str
    roles: Mapping[str, str]

    def __getitem__(self, role: str) -> str:
        return self.roles[role]


@dataclass(frozen=True)
class DocumentedResponse:
    """A documented answer: where its schema stands, its headers, its examples by name.

    entities: where things known by a key stand in the body, each as the name of its schema and a
    path of keys, ``*`` for every item of a list.
    events: of a stream, by what each tells: ``release``, ``log``, ``end``.
    """

    status: int
    schema: str | None
    media_type: str | None
    headers: Mapping[str, Any]
    examples: Mapping[str, Any]
    entities: tuple[tuple[str, tuple[str, ...]], ...] = ()
    issues: IssueFormat | None = None
    events: Mapping[str, Event] = field(default_factory=dict)


@dataclass(frozen=True)
class Operation:
    """One operation of the API. ``parameters`` are those of the query."""

    id: str
    method: str
    path: str
    pointer: str
    summary: str
    needs_token: bool
    takes_token: bool
    optional: bool
    parameters: tuple[Parameter, ...]
    body: str | None
    body_required: bool
    media_types: tuple[str, ...]
    responses: Mapping[int, DocumentedResponse]
    lookup: Lookup | None
    effect: str | None
    path_parameters: tuple[Parameter, ...] = ()


@dataclass(frozen=True)
class Api:
    """Any loaded OpenAPI document: what is needed to route, judge and answer by it."""

    document: Document
    operations: Mapping[str, Operation]
    outside: Mapping[int, DocumentedResponse]
    prefixes: tuple[str, ...]

    @property
    def data(self) -> Any:
        return self.document.data


@dataclass(frozen=True)
class Spec(Api):
    """The loaded contract: an API of entities, among them releases with builds."""

    entities: Mapping[str, Entity]
    release: str
    build: Build
    phases: Mapping[str, str]
    colors: Mapping[str, str]

    @cached_property
    def properties(self) -> Mapping[str, Mapping[str, Any]]:
        """The declared properties of a release, each with its resolved schema."""
        declared = self.schema(self.release)["properties"]
        return {name: resolve(self.data, schema) for name, schema in declared.items()}

    @cached_property
    def identity(self) -> frozenset[str]:
        """The properties that belong to a release whatever its builds do."""
        declared = self.schema(self.release)["properties"]
        return frozenset(name for name, schema in declared.items() if schema.get("x-identity"))

    @cached_property
    def timestamps(self) -> frozenset[str]:
        """The properties of a release that are RFC 3339 instants."""
        return frozenset(n for n, s in self.properties.items() if s.get("format") == "date-time")

    def schema(self, name: str) -> Mapping[str, Any]:
        """A component schema by its name."""
        schema: Mapping[str, Any] = self.data["components"]["schemas"][name]
        return schema

    def phase(self, status: str) -> str:
        """``waiting``, ``running``, ``ended-well`` or ``ended-badly``."""
        return self.phases[status]

    def ended(self, status: str) -> bool:
        """Whether a status word means that nothing more happens by itself."""
        return self.phases[status].startswith("ended")

    def first_status(self, phase: str) -> str:
        """The first status word of a phase."""
        return next(word for word, its in self.phases.items() if its == phase)


def resolve(data: Any, schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """A schema (or any object) with its own ``$ref`` followed; siblings of the ref are kept."""
    while "$ref" in schema:
        siblings = {key: value for key, value in schema.items() if key != "$ref"}
        schema = {**at(data, schema["$ref"].removeprefix("#")), **siblings}
    return schema


def event_roles(schema: Mapping[str, Any]) -> tuple[str, Mapping[str, str]]:
    """What an event with data of this schema tells, and by role the properties that say it."""
    says = schema.get("x-event", {})
    tells = "release" if "x-build" in schema else str(says.get("tells"))
    return tells, {role: name for role, name in says.items() if role != "tells"}


def at(data: Any, where: str) -> Any:
    """The value at a JSON pointer. Raises LookupError when there is none."""
    for part in parts(where):
        data = data[int(part)] if isinstance(data, list) else data[part]
    return data
