"""Infer which schemas of a document are resources: their keys, and the statuses that they have."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..contract.document.operation import Operation
from ..contract.document.references import at, pointer_to, resolve
from ..contract.document.spec import Api
from ..contract.violations import pointer

SCHEMAS = "/components/schemas/"
STATUS_NAMES = re.compile(r"(?:^|_|[a-z])(?:status|state|phase)$", re.IGNORECASE)
# Phase → words of statuses that have it, without separators
WORDS: Mapping[str, str] = {
    "waiting": "pending queued waiting created new scheduled draft requested submitted todo open "
    "initializing initialized",
    "running": "running building processing inprogress active started working deploying uploading "
    "executing validatingfiles",
    "ended-well": "succeeded success successful ready completed complete done finished passed "
    "deployed approved delivered paid closed",
    "ended-badly": "failed failure error errored canceled cancelled rejected timedout expired "
    "aborted incomplete declined",
}
PHASE_OF = {word: phase for phase, words in WORDS.items() for word in words.split()}
ENDED = {"ended-well", "ended-badly"}


@dataclass(frozen=True)
class Lifecycle:
    """The statuses of a resource. phases: status → phase; "" for a word that is not known."""

    property: str
    phases: Mapping[str, str]


@dataclass(frozen=True)
class Resource:
    """A schema that looks like a resource.

    key: the property that the path parameter of ``found_by`` contains. listed_by: the operation
    that returns a list of them, if any.
    """

    schema: str
    key: str
    found_by: Operation
    listed_by: Operation | None
    lifecycle: Lifecycle | None


def resources_of(api: Api) -> list[Resource]:
    """Return the schemas that an operation with a key in its path returns, each once."""
    found: dict[str, Resource] = {}
    lists = {name: operation for operation in _reading(api) for name in _items(api, operation)}
    for operation in _reading(api):
        name = _single(api, operation)
        if name is None or name in found or not operation.path_parameters:
            continue
        parameter = re.search(r"\{([^{}]+)\}$", operation.path)
        properties = properties_of(api.data, SCHEMAS + _escaped(name))
        key = parameter and _key(parameter[1], name, properties)
        if key:
            lifecycle = _lifecycle(api.data, properties)
            found[name] = Resource(name, key, operation, lists.get(name), lifecycle)
    return list(found.values())


def properties_of(data: Any, where: str, depth: int = 5) -> dict[str, Any]:
    """Return the declared properties of a schema and of the parts of its ``allOf``."""
    schema = resolve(data, at(data, where))
    properties = dict(schema.get("properties", {}))
    for index, part in enumerate(schema.get("allOf", ())):
        if depth and isinstance(part, dict):
            inner = pointer_to(part["$ref"]) if "$ref" in part else f"{where}/allOf/{index}"
            properties |= properties_of(data, inner, depth - 1) if _exists(data, inner) else {}
    return properties


def _reading(api: Api) -> Iterator[Operation]:
    for operation in api.operations.values():
        if operation.method == "GET" and operation.success.schema:
            yield operation


def _single(api: Api, operation: Operation) -> str | None:
    """Return the name of the schema of which a success has one: bare, or in a property."""
    schema = at(api.data, str(operation.success.schema))
    bare = _name(schema)
    if bare is not None:
        return bare
    inside = [_name(each) for each in resolve(api.data, schema).get("properties", {}).values()]
    names = [name for name in inside if name]
    return names[0] if len(names) == 1 else None


def _items(api: Api, operation: Operation) -> list[str]:
    return _names_in_lists(api.data, at(api.data, str(operation.success.schema)))


def _names_in_lists(data: Any, schema: Any) -> list[str]:
    """Return the names of the items of a list: of a bare one, or of those in properties."""
    schema = resolve(data, schema)
    if "items" in schema:
        return [name] if (name := _name(schema["items"])) else []
    members = (
        resolve(data, each) for each in schema.get("properties", {}).values() if "$ref" not in each
    )
    names = (_name(each["items"]) for each in members if "items" in each)
    return [name for name in names if name] if len(schema.get("properties", {})) <= 8 else []


def _name(schema: Any) -> str | None:
    """Return the name of the component that a schema refers to."""
    ref = schema.get("$ref") if isinstance(schema, dict) else None
    where = pointer_to(ref) if isinstance(ref, str) else ""
    name = where.removeprefix(SCHEMAS)
    return name if where.startswith(SCHEMAS) and "/" not in name else None


def _key(parameter: str, schema: str, properties: Mapping[str, Any]) -> str | None:
    """Return the property that a path parameter contains."""
    by_plain_name = {_plain(name): name for name in properties}
    wanted = _plain(parameter)
    for candidate in (wanted, wanted.removeprefix(_plain(schema)), wanted[-2:]):
        if candidate in by_plain_name and (candidate != "id" or wanted.endswith("id")):
            return by_plain_name[candidate]
    return by_plain_name.get(f"{_plain(schema)}{wanted}")


def _lifecycle(data: Any, properties: Mapping[str, Any]) -> Lifecycle | None:
    """Return the first property with statuses of which one has ended and another one has not."""
    for name, schema in properties.items():
        words = [each for each in resolve(data, schema).get("enum", ()) if isinstance(each, str)]
        phases = {word: PHASE_OF.get(_plain(word), "") for word in words}
        known = set(phases.values()) - {""}
        if STATUS_NAMES.search(name) and known & ENDED and known - ENDED:
            return Lifecycle(name, phases)
    return None


def _plain(name: str) -> str:
    """Return a name in lower case, without separators."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _escaped(name: str) -> str:
    return pointer((name,))[1:]


def _exists(data: Any, where: str) -> bool:
    try:
        at(data, where)
    except (LookupError, ValueError, TypeError):
        return False
    return True
