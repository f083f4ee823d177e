"""What the operations of a document do to each type of resource, and how a request names one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from mock_server.contract.document.operation import Operation
from mock_server.contract.document.references import combined
from mock_server.contract.document.resources.types import FIELD, ResourceType, key_text
from mock_server.contract.document.spec import Spec

from .paths import parameter_names, positions
from .roles import Chain, fill_template, template_values

OWNER = "owner"  # who may do an action


@dataclass(frozen=True)
class TypeOperations:
    """The operations on resources of one type.

    reader: returns one by its key. lists: each returns several. streams: each returns the events
    of one. actions: what they do → the operations.
    """

    type: ResourceType
    reader: Operation | None = None
    lists: tuple[Operation, ...] = ()
    streams: tuple[Operation, ...] = ()
    actions: Mapping[str, tuple[Operation, ...]] = field(default_factory=dict)

    def first(self, action: str) -> Operation | None:
        """Return the first operation with an action."""
        return next(iter(self.actions.get(action, ())), None)


def operations_of_types(spec: Spec, ignored: Collection[str] = ()) -> dict[str, TypeOperations]:
    """Return the operations on each type, by its name. ignored: ids of operations to leave out."""
    offered = [
        each for each in spec.operations.values() if not each.optional and each.id not in ignored
    ]
    return {name: _of_type(spec.types[name], offered) for name in spec.types}


def _of_type(resource_type: ResourceType, offered: list[Operation]) -> TypeOperations:
    name, actions = resource_type.name, defaultdict[str, list[Operation]](list)
    finding = [each for each in offered if each.action is None and finds(each) == name]
    for each in offered:
        if each.action is not None and each.action.finds == name:
            actions[each.action.do].append(each)
    return TypeOperations(
        resource_type,
        next((each for each in finding if _reads_one(each, resource_type)), None),
        tuple(each for each in finding if lists(each)),
        tuple(each for each in finding if each.success.events),
        {action: tuple(found) for action, found in actions.items()},
    )


def finds(operation: Operation) -> str | None:
    """Return the name of the type that an operation looks up or acts on."""
    if operation.action is not None:
        return operation.action.finds
    return operation.lookup.finds if operation.lookup else None


def lists(operation: Operation) -> bool:
    """Return whether an operation reads a list of the type that it finds."""
    inside = _path_of(operation, finds(operation))
    return operation.action is None and inside is not None and "*" in inside


def _reads_one(operation: Operation, resource_type: ResourceType) -> bool:
    inside = _path_of(operation, resource_type.name)
    if inside is None or "*" in inside or operation.success.events or operation.lookup is None:
        return False
    fields = {field for way in operation.lookup.ways for field in _fields(way.by.values())}
    return {(resource_type.name, key) for key in resource_type.keys} <= fields


def _fields(templates: Collection[str]) -> list[tuple[str, str]]:
    return [field for template in templates for field in FIELD.findall(template)]


def _path_of(operation: Operation, name: str | None) -> tuple[str, ...] | None:
    """Return the path to the resources of a type in the body of a success; None without any."""
    return next((path for each, path in operation.success.resources if each == name), None)


def has_entity_tag(operation: Operation) -> bool:
    """Return whether a success has the version of the resource in the header `ETag`."""
    return any(name.lower() == "etag" for name in operation.success.headers)


def is_versioned(operation: Operation) -> bool:
    """Return whether a request can name the version that it changes, with `If-Match`."""
    return 412 in operation.responses and operation.does not in (None, "create")


def has_unique_values(spec: Spec, operation: Operation) -> bool:
    """Return whether an operation creates resources that have a value no other one may have.

    The key is such a value if a request can contain it.
    """
    if operation.does != "create" or operation.action is None:
        return False
    resource_type = spec.types[operation.action.finds]
    written = combined(spec.data, {"$ref": f"#{operation.body}"}) if operation.body else {}
    names = written.get("properties", {}).keys()
    readable = {n for n, schema in resource_type.properties.items() if schema.get("readOnly")}
    return bool(resource_type.unique) or bool({*resource_type.keys} & names - readable)


def has_unknown_key(spec: Spec, operation: Operation) -> bool:
    """Return whether an operation returns 404 if a path parameter names no resource."""
    templates = path_templates(spec, operation).values()
    return operation.documented(404) is not None and any(map(FIELD.fullmatch, templates))


def values_of(spec: Spec, operation: Operation, chain: Chain) -> dict[str, Any] | None:
    """Return the parameters of a request that names a resource, or the list of a parent.

    chain: the resource and its parents, each by its type. None if the request needs another value.
    The values of path parameters are texts.
    """
    ways = operation.lookup.ways if operation.lookup else ()
    for way in ways:
        values = _filled(way.by, chain)
        if values is not None and set(parameter_names(operation.path)) <= values.keys():
            return {**values, **way.where}
    templates = path_templates(spec, operation)
    is_complete = set(parameter_names(operation.path)) <= templates.keys()
    return _filled(templates, chain) if is_complete and not ways else None


def _filled(templates: Mapping[str, str], chain: Chain) -> dict[str, Any] | None:
    values: dict[str, Any] = {}
    for name, template in templates.items():
        found = template_values(template, chain)
        if any(value is None for value in found):
            return None
        is_one = FIELD.fullmatch(template) is not None
        values[name] = found[0] if is_one else fill_template(template, map(key_text, found))
    return values


def path_templates(spec: Spec, operation: Operation) -> dict[str, str]:
    """Return the path parameters of an operation whose meaning is known, each with the template of
    its value.

    A path continues that of another operation, whose lookup says what its parameters mean.
    """
    templates = dict[str, str]()
    for other in spec.operations.values():
        known = _own_templates(other)
        names = parameter_names(other.path)
        if positions(operation.path).startswith(positions(other.path)):
            for name, of_other in zip(parameter_names(operation.path), names, strict=False):
                if of_other in known:
                    templates.setdefault(name, known[of_other])
    templates |= _own_templates(operation)
    return {name: templates[name] for name in parameter_names(operation.path) if name in templates}


def _own_templates(operation: Operation) -> dict[str, str]:
    action, ways = operation.action, operation.lookup.ways if operation.lookup else ()
    templates = dict(ways[0].by) if ways else {}
    if action is not None:
        of_path = action.of_path.items()
        templates |= {parameter: f"{{{action.finds}.{name}}}" for parameter, name in of_path}
    return templates


def child_chain(spec: Spec, name: str, parents: Chain) -> Chain:
    """Return the chain of a resource that does not exist yet: it has only the key of its parent."""
    return {**parents, name: parent_values(spec, name, parents)}


def parent_values(spec: Spec, name: str, parents: Chain) -> dict[str, Any]:
    """Return the properties of a resource that contain the key of its parent."""
    resource_type = spec.types[name]
    parent = parents.get(resource_type.parent or "")
    if parent is None:
        return {}
    keys = spec.types[resource_type.parent or ""].keys
    return {own: parent.get(key) for own, key in zip(resource_type.parent_keys, keys, strict=False)}
