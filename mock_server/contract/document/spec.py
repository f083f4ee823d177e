"""The loaded document as frozen values: its operations, and the types of its resources."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

from ..source.yaml_documents import Document
from .operation import DocumentedResponse, LookupWay, Operation
from .references import combined
from .requirements import Requirement
from .resources.types import ResourceType, TimelineRoles
from .secret_names import SecretNames, secret_names_of

METHODS = ("get", "put", "post", "delete", "patch", "head", "options", "trace")
# Kind of an event in a stream → its roles.
EVENTS = {"resource": (), "log": ("name", "position", "value"), "end": ("status",)}


@dataclass(frozen=True)
class Ownership:
    """Which callers own a resource: those whose ``caller_property`` has the same value as
    ``property`` of the resource, or of its ancestor of the type ``holder``."""

    holder: str
    property: str
    caller: str
    caller_property: str


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

    @cached_property
    def secret_names(self) -> SecretNames:
        """Return the names of headers, parameters and properties whose values are credentials."""
        return secret_names_of(self.data, self.operations.values())


@dataclass(frozen=True)
class Spec(Api):
    """The loaded contract: an API with types of resources, by the names of their schemas."""

    types: Mapping[str, ResourceType]

    @cached_property
    def with_timelines(self) -> tuple[ResourceType, ...]:
        """Return the types whose status moves over time, in the order of the document."""
        return tuple(each for each in self.types.values() if each.timeline)

    def timeline(self, name: str | None) -> TimelineRoles:
        """Return the timeline roles of a type; without a timeline, roles of no process."""
        found = self.types.get(name or "")
        return (found.timeline if found else None) or NO_TIMELINE

    def type_of(self, operation: Operation) -> ResourceType | None:
        """Return the type of the resources that an operation finds, changes or returns."""
        names = (
            operation.lookup.finds if operation.lookup else None,
            operation.action.finds if operation.action else None,
            *(name for name, _ in operation.success.resources),
        )
        return next((self.types[name] for name in names if name and name in self.types), None)

    def lineage(self, name: str) -> tuple[ResourceType, ...]:
        """Return a type, its parent, the parent of that, and so on."""
        lineage = [self.types[name]]
        while lineage[-1].parent is not None:
            lineage.append(self.types[lineage[-1].parent])
        return tuple(lineage)

    def parent_in(self, name: str, way: LookupWay) -> tuple[ResourceType, tuple[str, ...]] | None:
        """Return the nearest parent of a type whose key a lookup contains, and the parameters that
        contain the properties of this key; None if it contains none."""
        parameters = {template: parameter for parameter, template in way.by.items()}
        lineage = self.lineage(name)
        for child, parent in pairwise(lineage):
            for holder, names in ((child, child.parent_keys), (parent, parent.keys)):
                templates = [f"{{{holder.name}.{each}}}" for each in names]
                if templates and all(each in parameters for each in templates):
                    return parent, tuple(parameters[each] for each in templates)
        return None

    def ownership(self, name: str) -> Ownership | None:
        """Return who owns the resources of a type; None if it has no parent."""
        lineage = self.lineage(name)
        caller = lineage[-1]
        for each in lineage[:-1]:
            if each.owner is not None:
                return Ownership(each.name, each.owner[0], caller.name, each.owner[1])
        last = lineage[-2] if len(lineage) > 1 else caller
        if not last.parent_keys:
            return None
        return Ownership(last.name, last.parent_keys[-1], caller.name, caller.key)

    def schema(self, name: str) -> Mapping[str, Any]:
        """Return a component schema by its name."""
        schema: Mapping[str, Any] = self.data["components"]["schemas"][name]
        return schema

    def request_body(self, operation: Operation, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return values as a request body: a number is text if the schema declares text."""
        schema = combined(self.data, {"$ref": f"#{operation.body}"}) if operation.body else {}
        declared = schema.get("properties", {})
        return {
            name: str(value)
            if isinstance(value, int)
            and not isinstance(value, bool)
            and combined(self.data, declared.get(name)).get("type") == "string"
            else value
            for name, value in values.items()
        }


NO_TIMELINE = TimelineRoles((), "", (), {}, {})


def event_roles(schema: Mapping[str, Any]) -> tuple[str, Mapping[str, str]]:
    """Return the kind of an event with data of this schema, and its properties by role."""
    definition = schema.get("x-event", {})
    kind = "resource" if "x-resource" in schema else str(definition.get("kind"))
    return kind, {role: name for role, name in definition.items() if role != "kind"}
