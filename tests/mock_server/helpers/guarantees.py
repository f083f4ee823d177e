"""Checks what ``read_document`` guarantees about the data of a document."""

import re
from collections.abc import Iterator
from typing import Any

import jsonschema_rs

from mock_server.contract.document.references import at, pointer_to, resolve
from mock_server.contract.document.schemas import Schemas
from mock_server.contract.openapi.shapes import METHODS
from mock_server.contract.violations import pointer

SINGLE = (
    *("items", "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames"),
    *("unevaluatedItems", "unevaluatedProperties", "contentSchema"),
)
LISTS = ("allOf", "anyOf", "oneOf", "prefixItems")
MAPS = ("properties", "patternProperties", "$defs", "definitions", "dependentSchemas")
META = jsonschema_rs.Draft202012Validator(
    {"$ref": "https://json-schema.org/draft/2020-12/schema"}, offline=True
)
STATUS = re.compile(r"[1-5]([0-9][0-9]|XX)|default")


def assert_guarantees(data: Any) -> None:
    """Assert the guarantees of ``read_document``."""
    assert isinstance(data["components"]["schemas"], dict)
    assert all(isinstance(server["url"], str) for server in data["servers"])
    ids = [operation["operationId"] for _, _, operation in _operations(data)]
    assert ids
    assert len(ids) == len(set(ids))
    compiled = Schemas(data)
    for where, schema in _schemas(data):
        _assert_valid_schema(data, where, schema)
        compiled.validator(where)


def _operations(data: Any) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in data["paths"].items():
        assert path.startswith("/")
        assert "$ref" not in item
        for method in METHODS:
            if method in item:
                yield path, method, item[method]


def _schemas(data: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each schema that operations and components use, with its pointer."""
    roots = [pointer(("components", "schemas", name)) for name in data["components"]["schemas"]]
    for path, method, operation in _operations(data):
        roots += _roots_of(data, path, method, operation)
    visited: set[str] = set()
    while roots:
        where = roots.pop()
        if where in visited:
            continue
        visited.add(where)
        schema = at(data, where)
        assert isinstance(schema, dict), where
        yield where, schema
        if "$ref" in schema:
            assert schema["$ref"].startswith("#/")
            roots.append(pointer_to(schema["$ref"]))
        roots += [
            f"{where}/{key}"
            for key in SINGLE
            if key in schema and not isinstance(schema[key], bool)
        ]
        for key in LISTS:
            roots += [f"{where}/{key}/{index}" for index in range(len(schema.get(key, ())))]
        for key in MAPS:
            roots += [where + pointer((key, name)) for name in schema.get(key, ())]


def _roots_of(data: Any, path: str, method: str, operation: dict[str, Any]) -> Iterator[str]:
    """Yield the pointers of the schemas that an operation names itself."""
    item, base = data["paths"][path], ("paths", path)
    in_path = set()
    for holder, where in ((item, base), (operation, (*base, method))):
        for index, each in enumerate(holder.get("parameters", ())):
            parameter = resolve(data, each)
            assert isinstance(parameter["name"], str)
            assert parameter["in"] in ("path", "query", "header", "cookie")
            if parameter["in"] == "path":
                in_path.add(parameter["name"])
                assert parameter["required"] is True
            at_parameter = _target(data, pointer((*where, "parameters", index)))
            assert "schema" in parameter or parameter["content"]
            yield from _bodies(data, at_parameter)
    assert in_path == set(re.findall(r"\{([^{}]*)\}", path))
    at_operation = (*base, method)
    if "requestBody" in operation:
        yield from _bodies(data, _target(data, pointer((*at_operation, "requestBody"))))
    assert operation["responses"]
    for status in operation["responses"]:
        assert STATUS.fullmatch(status)
        where_ = _target(data, pointer((*at_operation, "responses", status)))
        yield from _bodies(data, where_)
        for name in at(data, where_).get("headers", ()):
            yield from _bodies(data, _target(data, where_ + pointer(("headers", name))))


def _target(data: Any, where: str) -> str:
    for _ in range(100):
        value = at(data, where)
        assert isinstance(value, dict), where
        if "$ref" not in value:
            return where
        assert value["$ref"].startswith("#/")
        where = pointer_to(value["$ref"])
    raise AssertionError(f"a cycle of references at {where}")


def _bodies(data: Any, where: str) -> Iterator[str]:
    """Yield the pointers of the schemas of a parameter, a header, a body or a response."""
    value = at(data, where)
    if "schema" in value:
        yield f"{where}/schema"
    for name in value.get("content", ()):
        media = _target(data, where + pointer(("content", name)))
        for example in at(data, media).get("examples", {}).values():
            assert "value" in resolve(data, example)
        if "schema" in at(data, media):
            yield f"{media}/schema"


def _assert_valid_schema(data: Any, where: str, schema: dict[str, Any]) -> None:
    own = {key: each for key, each in schema.items() if key not in (*SINGLE, *LISTS, *MAPS)}
    assert META.is_valid(own), (where, own)
    assert all(isinstance(schema[key], list) and schema[key] for key in LISTS if key in schema)
    if "pattern" in schema:
        re.compile(schema["pattern"])
    mapping = schema.get("discriminator", {}).get("mapping", {})
    for reference in mapping.values():
        assert isinstance(at(data, pointer_to(reference)), dict)
