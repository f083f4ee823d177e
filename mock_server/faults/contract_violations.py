"""Break one property of a response body, and verify with the judge that it violates its schema."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ..contract.document.operation import DocumentedResponse, Operation
from ..contract.document.references import at, pointer_to
from ..contract.judge import Judge, resources_in
from ..contract.source import json_text
from ..contract.violations import Violation, nearest, parts, pointer, show

# For each ``how``: the values to try, and the schema keywords of which one must be violated.
REPLACEMENTS: dict[str, tuple[tuple[Any, ...], tuple[str, ...]]] = {
    "enum": (("unheard-of",), ("enum", "const")),
    "null": ((None,), ("type", "enum", "const")),
    "type": ((0, "0", {}), ("type",)),
}
MISSING = "missing"

Target = tuple[str, str]  # pointer of the schema that declares a property, and the property


def target_violations(
    judge: Judge, operations: Iterable[Operation], name: str, how: str
) -> Iterator[Violation]:
    """Yield why a ``violate`` fault cannot break any response of these operations; else nothing."""
    operations = [*operations]
    targets = [*_targets(judge, operations, name)]
    valid = [
        way
        for way in (*REPLACEMENTS, MISSING)
        if any(_can_break(judge, target, way) for target in targets)
    ]
    if not targets:
        owner = "a resource in a response" if judge.spec.types else "a body"
        message = f"must be a property of {owner}, or a JSON pointer into a body"
        fix = nearest(name, _candidates(judge, operations, name))
        yield Violation("property", message, "/property", show(name), fix)
    elif how not in valid:
        message = f"{how} does not violate the schema of {name}"
        fix = f"use one of {', '.join(valid)}" if valid else "no value of how violates it"
        yield Violation("how", message, "/how", show(how), fix)


def break_body(judge: Judge, response: DocumentedResponse, body: bytes, name: str, how: str) -> Any:
    """Return the parsed body with a broken property; None if this body cannot be broken so."""
    try:
        value = json_text.parse(body)
    except ValueError:  # another fault has truncated it
        return None
    expected = []  # the pointers at which the judge must find a violation
    for where in _pointers(judge, response, value, name):
        *above, last = parts(where)
        target = _target(judge, response.schema, parts(where))
        parent = _value_at(value, above)
        if target is None or not _can_break(judge, target, how):
            continue
        if not _break_property(judge, parent, target, how):
            continue
        expected.append(pointer(above) if how == MISSING else pointer([*above, last]))
    violations = judge.schemas.violations(response.schema or "", value)
    pointers = {violation.pointer for violation in violations}
    return value if expected and set(expected) <= pointers else None


def _targets(judge: Judge, operations: Iterable[Operation], name: str) -> Iterator[Target]:
    """Yield the targets of a property name or pointer in the responses of operations."""
    for response in _responses(operations):
        for schema in _schemas_with(judge, response, name):
            target = _target(judge, schema, parts(name) if name.startswith("/") else [name])
            if target is not None:
                yield target


def _responses(operations: Iterable[Operation]) -> Iterator[DocumentedResponse]:
    for operation in operations:
        yield from operation.responses.values()
        yield from operation.ranges.values()


def _schemas_with(judge: Judge, response: DocumentedResponse, name: str) -> Iterator[str | None]:
    """Yield the schemas of a response in which a name or a pointer is looked up.

    A name is a property of a resource; in a response without resources, of the body or of the items
    of a list.
    """
    if not name.startswith("/") and response.resources:
        yield from (f"/components/schemas/{each}" for each, _ in response.resources)
        return
    yield response.schema
    if not name.startswith("/") and response.schema is not None:
        body = _follow_references(judge, response.schema)
        if "items" in _keywords(judge, body):
            yield f"{body}/items"


def _candidates(judge: Judge, operations: Iterable[Operation], name: str) -> set[str]:
    """Return the valid values that a wrong one may mean.

    For a name: the properties in these responses. For a pointer: the properties declared at its
    longest valid prefix, in any response.
    """
    if not name.startswith("/"):
        return {
            key
            for response in _responses(operations)
            for schema in _schemas_with(judge, response, name)
            for key in _declared(judge, schema)
        }
    path, candidates = parts(name), set()
    for response in _responses(operations):
        prefix, schema = 0, response.schema
        for length in range(1, len(path)):
            target = _target(judge, response.schema, path[:length])
            if target is None:
                break
            prefix, schema = length, _schema_of(judge, target)
        candidates |= {pointer([*path[:prefix], key]) for key in _declared(judge, schema)}
    return candidates


def _declared(judge: Judge, schema: str | None) -> dict[str, str]:
    """Return the declared properties of a schema: name → pointer of the schema that has it."""
    if schema is None:
        return {}
    declared: dict[str, str] = {}
    waiting, visited = [schema], set[str]()
    while waiting:
        where = _follow_references(judge, waiting.pop(0))
        if where in visited:
            continue
        visited.add(where)
        keywords = _keywords(judge, where)
        declared = {**dict.fromkeys(keywords.get("properties", {}), where), **declared}
        waiting += [f"{where}/allOf/{index}" for index in range(len(keywords.get("allOf", ())))]
    return declared


def _keywords(judge: Judge, schema: str) -> Mapping[str, Any]:
    """Return the keywords of the schema at a pointer; none for ``true`` and ``false``."""
    found = at(judge.spec.data, schema)
    return found if isinstance(found, dict) else {}


def _target(judge: Judge, schema: str | None, path: list[str]) -> Target | None:
    """Return the target at a path of keys below a schema; None if the schema does not declare it.

    schema: pointer into the spec.
    """
    target = None
    for part in path:
        if schema is None:
            return None
        parent = _follow_references(judge, schema)
        item = "items" in _keywords(judge, parent) and part.isdecimal()
        declared = {} if item else _declared(judge, schema)
        if not item and part not in declared:
            return None
        target = (parent if item else declared[part], part)
        schema = _schema_of(judge, target)
    return target


def _schema_of(judge: Judge, target: Target) -> str:
    """Return the pointer of the schema of a property, or of the items of a list."""
    parent, name = target
    is_object = name in _keywords(judge, parent).get("properties", {})
    return parent + (pointer(["properties", name]) if is_object else "/items")


def _follow_references(judge: Judge, schema: str) -> str:
    """Return the pointer of the schema that a chain of ``$ref`` leads to."""
    while "$ref" in (declaration := _keywords(judge, schema)):
        schema = pointer_to(str(declaration["$ref"]))
    return schema


def _can_break(judge: Judge, target: Target, how: str) -> bool:
    """Return whether a broken property would violate its schema."""
    parent, name = target
    if how == MISSING:
        return name in at(judge.spec.data, parent).get("required", ())
    return bool(_invalid_values(judge, target, how))


def _invalid_values(judge: Judge, target: Target, how: str) -> list[Any]:
    """Return the replacement values that violate the schema of a property."""
    schema, (values, keywords) = _schema_of(judge, target), REPLACEMENTS[how]
    return [
        value
        for value in values
        if any(v.rule in keywords for v in judge.schemas.violations(schema, value))
    ]


def _pointers(judge: Judge, response: DocumentedResponse, value: Any, name: str) -> list[str]:
    """Return where the property occurs in a body: once for a pointer, else in every resource.

    Without resources, a name occurs in the body, or in each item of a list.
    """
    if name.startswith("/"):
        return [name]
    if not response.resources:
        items = [*map(str, range(len(value)))] if isinstance(value, list) else None
        return [pointer([name])] if items is None else [pointer([item, name]) for item in items]
    types = judge.spec.types
    return [
        where + pointer([name])
        for each, where, _ in resources_in(response, value)
        if name in types[each].properties
    ]


def _value_at(value: Any, path: list[str]) -> Any:
    """Return the value at a path of keys; None if there is none."""
    try:
        return at(value, pointer(path))
    except (LookupError, ValueError, TypeError):
        return None


def _break_property(judge: Judge, parent: Any, target: Target, how: str) -> bool:
    """Break a property of its parent in place; return False if the parent does not have it."""
    name = target[1]
    key: Any = int(name) if isinstance(parent, list) else name
    if isinstance(parent, list) and key < len(parent):
        exists = True
    else:
        exists = isinstance(parent, dict) and (how != MISSING or name in parent)
    if not exists:
        return False
    if how == MISSING:
        del parent[key]
    else:
        parent[key] = _invalid_values(judge, target, how)[0]
    return True
