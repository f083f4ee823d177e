"""Each schema is read as valid JSON Schema 2020-12."""

import json
from pathlib import Path
from typing import Any

import pytest

from mock_server.contract.openapi.reading import read_document
from mock_server.contract.openapi.schemas.patterns import compilable
from tests.mock_server.helpers.guarantees import assert_guarantees

NULL = {"type": "null"}
PET = {"$ref": "#/components/schemas/Pet"}


def schema_of(folder: Path, schema: Any, version: str = "3.1.0") -> tuple[Any, tuple[str, ...]]:
    """Return a schema as it is read, and the messages of the notes."""
    operation = {"operationId": "list", "responses": {"200": {"description": "ok"}}}
    data = {
        "openapi": version,
        "info": {"title": "Pets", "version": "1"},
        "paths": {"/pets": {"get": operation}},
        "components": {"schemas": {"It": schema, "Pet": {"type": "object"}}},
    }
    path = folder / "api.json"
    path.write_text(json.dumps(data))
    document = read_document(path)
    assert_guarantees(document.data)
    return document.data["components"]["schemas"]["It"], tuple(n.message for n in document.notes)


VERSION_30 = {
    # name: a schema of OpenAPI 3.0, the same in 3.1
    "nullable text": ({"type": "string", "nullable": True}, {"type": ["string", "null"]}),
    "not nullable": ({"type": "string", "nullable": False}, {"type": "string"}),
    "nullable reference": ({**PET, "nullable": True}, {"anyOf": [PET, NULL]}),
    "nullable combination": (
        {"allOf": [PET], "nullable": True, "description": "a pet"},
        {"description": "a pet", "anyOf": [{"allOf": [PET]}, NULL]},
    ),
    "exclusive bound": (
        {"type": "number", "minimum": 1, "exclusiveMinimum": True},
        {"type": "number", "exclusiveMinimum": 1},
    ),
    "inclusive bound": (
        {"type": "number", "maximum": 1, "exclusiveMaximum": False},
        {"type": "number", "maximum": 1},
    ),
    "beside a reference": ({**PET, "type": "string", "title": "a"}, {**PET, "title": "a"}),
}


@pytest.mark.parametrize(("old", "new"), VERSION_30.values(), ids=VERSION_30)
def test_a_schema_of_3_0_is_converted_without_a_note(tmp_path: Path, old: Any, new: Any) -> None:
    assert schema_of(tmp_path, old, "3.0.3") == (new, ())


REPAIRS = {
    # name: a schema with a mistake, what is read, a part of the note
    "a type in capitals": ({"type": "String"}, {"type": "string"}, "JSON Schema type"),
    "another word": ({"type": "int"}, {"type": "integer"}, "JSON Schema type"),
    "a date": ({"type": "date"}, {"type": "string", "format": "date"}, "JSON Schema type"),
    "an unknown type": ({"type": "strin"}, {}, "JSON Schema type"),
    "a list of types": ({"type": ["string", "x", "string"]}, {"type": ["string"]}, "type"),
    "a number as text": ({"maxLength": "10"}, {"maxLength": 10}, "whole number"),
    "a negative length": ({"minLength": -1}, {}, "whole number"),
    "a bound that is text": ({"minimum": "1.5"}, {"minimum": 1.5}, "must be a number"),
    "a step of zero": ({"multipleOf": 0}, {}, "above zero"),
    "required of a property": (
        {"properties": {"a": {"required": True}}},
        {"properties": {"a": {}}},
        "unique names",
    ),
    "a name twice": ({"required": ["a", "a"]}, {"required": ["a"]}, "unique names"),
    "an empty enum": ({"enum": []}, {}, "list of values"),
    "an enum of other values": (
        {"type": "string", "enum": [1, True]},
        {"type": "string", "enum": ["1", "true"]},
        "must be text",
    ),
    "an empty combination": ({"allOf": []}, {}, "list of schemas"),
    "one schema as a combination": ({"oneOf": PET}, {"oneOf": [PET]}, "list of schemas"),
    "a text as a schema": ({"items": "Pet"}, {"items": {}}, "must be a schema"),
    "no properties": ({"properties": None}, {}, "mapping of schemas"),
    "a list of items": ({"items": [PET]}, {"prefixItems": [PET]}, "must be one schema"),
    "a boolean as text": (
        {"additionalProperties": "false"},
        {"additionalProperties": False},
        "must be a schema",
    ),
    "a pattern that does not compile": ({"pattern": "["}, {}, "regular expression"),
    "examples by name": ({"examples": {"a": {"value": 1}}}, {"examples": [1]}, "list of values"),
    "a discriminator as text": (
        {"discriminator": "kind"},
        {"discriminator": {"propertyName": "kind"}},
        "propertyName",
    ),
    "a discriminator without a name": ({"discriminator": {"a": 1}}, {}, "propertyName"),
    "a bound of 3.0": (
        {"minimum": 1, "exclusiveMinimum": True},
        {"exclusiveMinimum": 1},
        "since OpenAPI 3.1",
    ),
    "nullable": ({"type": "string", "nullable": True}, {"type": "string"}, "no effect"),
}


@pytest.mark.parametrize(("schema", "expected", "note"), REPAIRS.values(), ids=REPAIRS)
def test_a_mistake_of_a_schema_is_repaired_with_a_note(
    tmp_path: Path, schema: Any, expected: Any, note: str
) -> None:
    read, (message,) = schema_of(tmp_path, schema)
    assert read == expected
    assert note in message


VALID = {
    # name: a valid schema, the form that is read
    "true": (True, {}),
    "false": (False, {"not": {}}),
    "a property": ({"properties": {"a": True}}, {"properties": {"a": {}}}),
    "no other properties": ({"additionalProperties": False}, {"additionalProperties": False}),
    "an identifier": ({"$id": "https://example.com/it", "type": "string"}, {"type": "string"}),
    "a mapping by name": (
        {"discriminator": {"propertyName": "a", "mapping": {"pet": "Pet"}}},
        {"discriminator": {"propertyName": "a", "mapping": {"pet": "#/components/schemas/Pet"}}},
    ),
    "dependencies": (
        {"dependencies": {"a": ["b"], "c": PET}},
        {"dependentRequired": {"a": ["b"]}, "dependentSchemas": {"c": PET}},
    ),
    "an anchor": (
        {"$defs": {"a": {"$anchor": "name", "type": "string"}}, "items": {"$ref": "#name"}},
        {"$defs": {"a": {"type": "string"}}, "items": {"$ref": "#/components/schemas/It/$defs/a"}},
    ),
    "a recursive reference": (
        {"$recursiveAnchor": True, "items": {"$recursiveRef": "#"}},
        {"items": {"$ref": "#/components/schemas/It"}},
    ),
}


@pytest.mark.parametrize(("schema", "expected"), VALID.values(), ids=VALID)
def test_a_valid_schema_has_one_form_without_a_note(
    tmp_path: Path, schema: Any, expected: Any
) -> None:
    assert schema_of(tmp_path, schema) == (expected, ())


def test_a_reference_into_a_nullable_schema_follows_it(tmp_path: Path) -> None:
    nullable = {
        "nullable": True,
        "allOf": [{"type": "object", "properties": {"a": {"type": "string"}}}],
    }
    target = "#/components/schemas/It/properties/x/allOf/0/properties/a"
    schema = {"properties": {"x": nullable, "y": {"$ref": target}}}
    read, _ = schema_of(tmp_path, schema, "3.0.0")
    moved = target.replace("x/allOf", "x/anyOf/0/allOf")
    assert read["properties"]["y"] == {"$ref": moved}


@pytest.mark.parametrize(
    ("pattern", "compiled"),
    [
        ("^a+$", "^a+$"),
        ("(?<year>[0-9]+)", "(?P<year>[0-9]+)"),
        (r"[^]", r"[\s\S]"),
        ("/^a$/i", "^a$"),
        (r"\p{L}+", r"[^\W\d_]+"),
        ("^{[a-f]{4}}$", r"^\{[a-f]{4}}$"),
        (r"^\u{41}$", r"^\u0041$"),
        ("[", None),
        ("a" * 3000, None),
        (r"^\S+(?: \S+){0,99999}$", None),
    ],
)
def test_a_pattern_compiles_in_rust_and_python_or_is_removed(
    pattern: str, compiled: str | None
) -> None:
    assert compilable(pattern) == compiled
