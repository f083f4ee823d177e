"""The spec as frozen values: operations, entities, and the build with its roles.

This module does not contain a property or a status of the API: these are only in ``openapi.yaml``,
and its ``info.description`` explains each ``x-`` extension. Here are only the roles.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ..source.yaml_documents import Document
from .operation import DocumentedResponse, Operation
from .references import resolve
from .requirements import Requirement

METHODS = ("get", "put", "post", "delete", "patch", "head", "options", "trace")
PHASES = ("waiting", "running", "ended-well", "ended-badly")
REQUIRED_ROLES = ("status", "in_progress", "started_at", "completed_at", "logs", "stale")
OPTIONAL_ROLES = ("error", "error_at")
ROLES = REQUIRED_ROLES + OPTIONAL_ROLES
MAX_DEPTH = 4  # levels of a property in which timestamps are known
# Kind of an event in a stream → its roles.
EVENTS = {"release": (), "log": ("name", "position", "value"), "end": ("status",)}


@dataclass(frozen=True)
class Process:
    """A build process: its prefix, and the property of the release for each role.

    optional: whether a release can lack it; then its status is absent or null.
    """

    name: str
    properties: Mapping[str, str]
    optional: bool = False

    def __getitem__(self, role: str) -> str:
        return self.properties[role]


@dataclass(frozen=True)
class Build:
    """The properties of a release that describe its build; processes are in the order they run.

    duration: "" if the document names none.
    """

    status: str
    duration: str
    processes: tuple[Process, ...]

    def role_properties(self, role: str) -> tuple[str, ...]:
        """Return the properties with a role, in the order of the processes that have it."""
        return tuple(p[role] for p in self.processes if role in p.properties)

    def present(self, release: Mapping[str, Any]) -> tuple[Process, ...]:
        """Return the processes that a release has."""
        return tuple(p for p in self.processes if release.get(p["status"]) is not None)


@dataclass(frozen=True)
class Entity:
    """A type of resource: the property that is its key, and the resource that it belongs to.

    parent, parent_key: the name of the parent entity, and the property that contains its key.
    not_found_code: the error code for an unknown key.
    owner: a property, and the property of the accounts that own the resource: those with an equal
    value; None if the parent owns it.
    """

    name: str
    key: str
    parent: str | None
    parent_key: str | None
    not_found_code: str
    owner: tuple[str, str] | None = None


@dataclass(frozen=True)
class Ownership:
    """Which accounts own a release: those whose ``account_property`` has the same value as
    ``property`` of the release, or of its ancestor with the name ``entity``."""

    entity: str
    property: str
    account: str
    account_property: str


@dataclass(frozen=True)
class Api:
    """A loaded OpenAPI document: everything that routing and judging need.

    outside: the documented responses to requests that reach no operation, by status.
    prefixes: the paths of its servers, each without a trailing slash.
    requirements: what it requires beside the schemas, by id.
    """

    document: Document
    operations: Mapping[str, Operation]
    outside: Mapping[int, DocumentedResponse]
    prefixes: tuple[str, ...]
    requirements: Mapping[str, Requirement]

    @property
    def data(self) -> Any:
        return self.document.data


@dataclass(frozen=True)
class Spec(Api):
    """The loaded contract: an API with entities, one of which may be a release with builds.

    release: the name of the entity that has builds, or "" if the document has no ``x-build``; then
    the build has no processes.
    phases, colors: status → phase or color.
    """

    entities: Mapping[str, Entity]
    release: str
    build: Build
    phases: Mapping[str, str]
    colors: Mapping[str, str]

    @property
    def key(self) -> str:
        """Return the property that is the key of a release, or "" without builds."""
        return self.entities[self.release].key if self.release else ""

    @cached_property
    def properties(self) -> Mapping[str, Mapping[str, Any]]:
        """Return the declared properties of a release, each with its resolved schema."""
        if not self.release:
            return {}
        declared = self.schema(self.release)["properties"]
        return {name: resolve(self.data, schema) for name, schema in declared.items()}

    def lineage(self, name: str) -> tuple[Entity, ...]:
        """Return an entity, its parent, the parent of that, and so on."""
        lineage = [self.entities[name]]
        while lineage[-1].parent is not None:
            lineage.append(self.entities[lineage[-1].parent])
        return tuple(lineage)

    @cached_property
    def ownership(self) -> Ownership | None:
        """Return who owns a release; None if it has no parent."""
        if not self.release:
            return None
        lineage = self.lineage(self.release)
        account = lineage[-1]
        for entity in lineage[:-1]:
            if entity.owner is not None:
                return Ownership(entity.name, entity.owner[0], account.name, entity.owner[1])
        last = lineage[-2] if len(lineage) > 1 else account
        if last.parent_key is None:
            return None
        return Ownership(last.name, last.parent_key, account.name, account.key)

    @cached_property
    def identity(self) -> frozenset[str]:
        """Return the properties of a release that its builds do not change."""
        return frozenset(n for n, schema in self.properties.items() if schema.get("x-identity"))

    @cached_property
    def moving(self) -> frozenset[str]:
        """Return the properties of a release whose values depend on the time: those that builds
        change, and timestamps, which are shifted to the start of a session."""
        return frozenset(self.properties) - (self.identity - self.timestamps)

    @cached_property
    def timestamps(self) -> frozenset[str]:
        """Return the properties of a release that are RFC 3339 timestamps."""
        return frozenset(n for n, s in self.properties.items() if s.get("format") == "date-time")

    @cached_property
    def inner_timestamps(self) -> Mapping[str, tuple[tuple[str, ...], ...]]:
        """Return the paths to timestamps inside the properties of a release, such as those of log
        entries. A path has ``*`` for every item of a list."""
        paths = {name: tuple(_timestamps(self.data, s)) for name, s in self.properties.items()}
        return {name: each for name, each in paths.items() if each and each != ((),)}

    def schema(self, name: str) -> Mapping[str, Any]:
        """Return a component schema by its name."""
        schema: Mapping[str, Any] = self.data["components"]["schemas"][name]
        return schema

    def request_body(self, operation: Operation, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return values as a request body: a number is text if the schema declares text."""
        schema = resolve(self.data, {"$ref": f"#{operation.body}"}) if operation.body else {}
        declared = schema.get("properties", {})
        return {
            name: str(value)
            if isinstance(value, int)
            and not isinstance(value, bool)
            and resolve(self.data, declared.get(name, {})).get("type") == "string"
            else value
            for name, value in values.items()
        }

    def phase(self, status: str | None) -> str:
        """Return the phase of a status, one of PHASES; the first for null."""
        return PHASES[0] if status is None else self.phases[status]

    def ended(self, status: str | None) -> bool:
        """Return whether a status is final."""
        return self.phase(status).startswith("ended")

    def first_status(self, phase: str) -> str:
        """Return the first status of a phase."""
        return next(status for status, each in self.phases.items() if each == phase)


def _timestamps(data: Any, schema: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield the path to each timestamp in the values of a schema."""
    if not isinstance(schema, dict) or len(path) > MAX_DEPTH:
        return
    schema = resolve(data, schema)
    if schema.get("format") == "date-time":
        yield path
    for name, member in schema.get("properties", {}).items():
        yield from _timestamps(data, member, (*path, name))
    yield from _timestamps(data, schema.get("items"), (*path, "*"))
    for keyword in ("allOf", "anyOf", "oneOf"):
        for each in schema.get(keyword, ()):
            yield from _timestamps(data, each, path)


def event_roles(schema: Mapping[str, Any]) -> tuple[str, Mapping[str, str]]:
    """Return the kind of an event with data of this schema, and its properties by role."""
    definition = schema.get("x-event", {})
    kind = "release" if "x-build" in schema else str(definition.get("kind"))
    return kind, {role: name for role, name in definition.items() if role != "kind"}
