"""How the operations of an API belong together: which list, create, read and delete an item.

HTTP and the paths define this (RFC 9110, section 9.3): GET reads, DELETE removes, and POST to a
collection creates an item.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mock_server.contract.document.operation import Operation
from mock_server.contract.document.references import at, combined, pointer_to
from mock_server.contract.document.spec import Spec

from ..target.paths import collection_path, item_path, positions

DEEPEST_SCHEMA = 4  # levels of a response schema in which a list is searched


def item_paths(spec: Spec) -> list[str]:
    """Return the template of each item, the shortest first: its parents come before it."""
    items = (item_path(operation.path) for operation in spec.operations.values())
    unnamed = {positions(item): item for item in items if item}
    return sorted(unnamed.values(), key=lambda item: (item.count("{"), len(item)))


def operation_at(spec: Spec, method: str, template: str) -> Operation | None:
    """Return the operation with a method and a path; the names of its parameters do not matter."""
    return next(
        (
            each
            for each in spec.operations.values()
            if each.method == method and positions(each.path) == positions(template)
        ),
        None,
    )


def reader_of(spec: Spec, item: str) -> Operation | None:
    """Return the operation that reads an item."""
    return operation_at(spec, "GET", item)


def creators_of(spec: Spec, item: str) -> list[Operation]:
    """Return the operations that may create an item: in its collection, or in one below another
    item that ends with the same word."""
    collection, word = collection_path(item), collection_path(item).rpartition("/")[2]
    posts = [each for each in spec.operations.values() if each.method == "POST"]
    own = [each for each in posts if positions(each.path) == positions(collection)]
    same_word = [
        each
        for each in posts
        if word and each.path.endswith(f"/{word}") and each not in own
        if not positions(each.path).startswith(f"{positions(item)}/")
    ]
    return own + same_word


def remover_of(spec: Spec, item: str) -> Operation | None:
    """Return the operation that deletes an item."""
    return operation_at(spec, "DELETE", item)


def listing_operations(spec: Spec, item: str) -> list[Operation]:
    """Return the operations that may list an item, the most probable one first.

    These are its collection, then those that end with the same word, then those that return a list
    of the schema which the item has.
    """
    collection = collection_path(item)
    word = collection.rpartition("/")[2]
    reader = reader_of(spec, item)
    schema = set(_schema_names(spec, reader, lists=False)) if reader else set()
    ranked: list[tuple[int, Operation]] = []
    for operation in spec.operations.values():
        if operation.method != "GET" or positions(operation.path) == positions(item):
            continue
        if positions(operation.path) == positions(collection):
            ranked.append((0, operation))
        elif word and operation.path.rpartition("/")[2] == word:
            ranked.append((1, operation))
        elif schema & set(_schema_names(spec, operation, lists=True)):
            ranked.append((2, operation))
    return [operation for _, operation in sorted(ranked, key=lambda pair: pair[0])]


def _schema_names(spec: Spec, operation: Operation, lists: bool) -> Iterator[str]:
    """Yield the component schemas of the resources that an operation returns.

    lists: those of the items of lists, instead of those of the body and of its properties.
    """
    schema = operation.success.schema
    if schema:
        yield from _names(spec.data, {"$ref": f"#{schema}"}, lists, DEEPEST_SCHEMA)


def _names(data: Any, schema: Mapping[str, Any], lists: bool, depth: int) -> Iterator[str]:
    if not lists:
        yield from _own_names(data, schema)
    schema = combined(data, schema)
    items = schema.get("items")
    if lists and isinstance(items, dict):
        yield from _own_names(data, items)
    for each in schema.get("properties", {}).values() if depth else ():
        if isinstance(each, dict):
            yield from _names(data, each, lists, depth - 1 if lists else 0)


def _own_names(data: Any, schema: Mapping[str, Any]) -> Iterator[str]:
    """Yield the names of the component schemas that a schema refers to, one after the other."""
    while isinstance(schema.get("$ref"), str):
        pointer = pointer_to(schema["$ref"])
        if pointer.startswith("/components/schemas/"):
            yield pointer.rpartition("/")[2]
        schema = at(data, pointer)
