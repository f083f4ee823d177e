"""A generated value is valid for its schema, realistic, and the same for the same request."""

from typing import Any

import pytest

from mock_server.contract.document.schemas import Schemas
from mock_server.foundation import timestamps
from mock_server.generation.generate import CannotGenerateError, generated

NOW = timestamps.parse("2026-03-10T14:30:00Z")


def make(schema: Any, components: Any = None, **options: Any) -> Any:
    """Return a generated value. Fails if it is invalid."""
    schemas = Schemas({"schema": schema, "components": {"schemas": components or {}}})
    value = generated(schemas, "/schema", now=NOW, **options)
    assert schemas.violations("/schema", value) == []
    return value


def ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


@pytest.mark.parametrize(
    "schema",
    [
        True,
        {},
        {"const": {"a": [1]}},
        {"enum": [None, "a"]},
        {"type": ["null", "integer"]},
        {"type": "null"},
        {"type": "string", "minLength": 300},
        {"type": "string", "maxLength": 1},
        {"type": "string", "pattern": "^[A-Z]{3}-\\d{4,}$", "maxLength": 9},
        {"type": "string", "pattern": "^(?=.*[A-Z])(?=.*\\d)[A-Za-z\\d]{8,}$"},
        {"type": "string", "pattern": "^\\p{Lu}\\p{L}*\\/[^/]+$", "minLength": 12},
        {"type": "string", "pattern": "[0-9]", "minLength": 20},
        {"type": "string", "format": "email", "maxLength": 7},
        {"type": "string", "format": "uri", "minLength": 60},
        {"type": "string", "format": "date-time", "pattern": "Z$"},
        {"type": "integer", "exclusiveMinimum": 6, "exclusiveMaximum": 8},
        {"type": "integer", "multipleOf": 7, "minimum": 50},
        {"type": "number", "multipleOf": 0.01, "maximum": -3},
        {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 0.001},
        {"type": "integer", "format": "int64", "minimum": 9223372036854775807},
        {"type": "array", "items": {"enum": [1, 2, 3]}, "minItems": 3, "uniqueItems": True},
        {"type": "array", "items": {"type": "object"}, "minItems": 500},
        {"type": "array", "contains": {"const": 5}, "minContains": 2},
        {"prefixItems": [{"type": "integer"}, {"type": "string"}], "items": False, "minItems": 2},
        {"type": "object", "additionalProperties": {"type": "integer"}, "minProperties": 5},
        {"patternProperties": {"^x-[a-z]+$": {"type": "integer"}}, "additionalProperties": False},
        {"type": "object", "propertyNames": {"pattern": "^[A-Z]{2}$"}, "minProperties": 3},
        {"type": "object", "properties": {"a": {}, "b": {}, "c": {}}, "maxProperties": 2},
        {"required": ["a"], "dependentRequired": {"a": ["b"], "b": ["c"]}},
        {"properties": {"a": {"type": "string"}, "b": False}, "required": ["a"]},
        {"type": "integer", "not": {"minimum": 50}, "minimum": 40},
        {"not": {"type": ["string", "integer"]}},
        {"properties": {"a": {"type": "integer"}, "b": {}}, "not": {"required": ["a"]}},
        {
            "properties": {"kind": {"enum": ["a", "b"]}, "n": {"type": "integer"}},
            "required": ["kind", "n"],
            "if": {"properties": {"kind": {"const": "a"}}},
            "then": {"properties": {"n": {"minimum": 1000}}},
            "else": {"properties": {"n": {"maximum": -1000}}},
        },
        {"allOf": [{"type": "number", "minimum": 5}, {"type": "integer", "maximum": 5}]},
        {"allOf": [{"pattern": "^a", "type": "string"}, {"pattern": "^ab?$"}]},
        {"allOf": [{"required": ["a"]}, {"properties": {"a": {"type": "null"}}}]},
        {"oneOf": [{"type": "number"}, {"type": "integer"}]},
        {"oneOf": [False, {"type": "array", "minItems": 3, "maxItems": 1}, {"const": 4}]},
        {
            "oneOf": [
                {"type": "object", "properties": {"a": {"type": "string"}}},
                {"type": "object", "properties": {"b": {"type": "string"}}},
            ]
        },
        {"properties": {"a": {"type": "string", "not": {}}}},
        {"type": "object", "dependentSchemas": {"a": {"required": ["b"]}}, "required": ["a"]},
        {
            "allOf": [{"properties": {"a": {"type": "integer"}}}],
            "properties": {"b": {"type": "integer"}},
            "unevaluatedProperties": False,
        },
    ],
    ids=str,
)
def test_a_generated_value_is_valid(schema: Any) -> None:
    make(schema)


@pytest.mark.parametrize(
    "schema",
    [
        False,
        {"type": "string", "minLength": 5, "maxLength": 3},
        {"type": "integer", "minimum": 1, "maximum": 0},
        {"allOf": [{"type": "string"}, {"type": "integer"}]},
        {"type": "object", "required": ["a"], "additionalProperties": False},
        {"type": "array", "minItems": 10_000_000},
        {"oneOf": [{"type": "string"}, {"type": "string"}]},
        {"type": "object", "properties": {"self": {"$ref": "#/schema"}}, "required": ["self"]},
    ],
    ids=str,
)
def test_a_schema_that_no_value_satisfies_is_an_error_with_its_pointer(schema: Any) -> None:
    with pytest.raises(CannotGenerateError) as error:
        make(schema)
    assert str(error.value).startswith("/schema: cannot generate a value: ")


@pytest.mark.parametrize(
    "components",
    [
        {"Node": {"properties": {"id": {"type": "integer"}, "next": ref("Node")}}},
        {"Node": {"properties": {"items": {"type": "array", "items": ref("Node")}}}},
        {
            "Node": {
                "required": ["next"],
                "properties": {"next": {"anyOf": [ref("Node"), {"type": "null"}]}},
            }
        },
        {
            "Node": {
                "type": "object",
                "required": ["child"],
                "properties": {"child": ref("Other")},
            },
            "Other": {"oneOf": [ref("Node"), {"type": "string"}]},
        },
        {"Node": {"type": "object", "additionalProperties": ref("Node")}},
    ],
    ids=str,
)
def test_a_recursive_schema_has_a_small_value(components: Any) -> None:
    assert len(str(make(ref("Node"), components))) < 300


def test_the_same_seed_and_day_return_the_same_value() -> None:
    schemas = Schemas({"schema": {"properties": {"id": {"format": "uuid"}, "at": {}, "name": {}}}})

    def at(time: str, seed: str) -> Any:
        return generated(schemas, "/schema", seed, timestamps.parse(time))

    morning = at("2026-03-10T01:00:00Z", "a")
    assert morning == at("2026-03-10T23:59:59Z", "a")
    assert morning["id"] != at("2026-03-10T01:00:00Z", "b")["id"]
    assert morning["at"] != at("2026-06-10T01:00:00Z", "a")["at"]


def test_dates_are_near_now_and_in_order() -> None:
    names = ["createdAt", "started_at", "completedAt", "updated_at"]
    schema = {"properties": {name: {"type": "string", "format": "date-time"} for name in names}}
    value = make({**schema, "required": names})
    times = [timestamps.parse(value[name]) for name in names]
    assert times == sorted(times)
    assert NOW - 60 * 86_400_000 < times[0] < times[-1] < NOW


def test_properties_repeat_the_values_of_the_request() -> None:
    pet = {
        "type": "object",
        "properties": {
            "id": {"type": "integer"},
            "name": {"type": "string", "maxLength": 5, "example": "Tom"},
            "owner": {"properties": {"id": {"type": "integer"}, "name": {"type": "string"}}},
        },
    }
    value = make(ref("Pet"), {"Pet": pet}, hints={"pet_id": "42", "name": "Rex"})
    assert (value["id"], value["name"]) == (42, "Rex")
    assert value["owner"]["name"] != "Rex"
    assert value["owner"]["id"] != 42


def test_a_value_of_the_request_that_is_invalid_is_not_repeated() -> None:
    schema = {"properties": {"name": {"type": "string", "maxLength": 5, "example": "Tom"}}}
    assert make(schema, hints={"name": "too long"}) == {"name": "Tom"}


@pytest.mark.parametrize(("for_response", "name"), [(True, "id"), (False, "password")])
def test_a_response_has_no_write_only_property_and_a_request_no_read_only_one(
    for_response: bool, name: str
) -> None:
    schema = {
        "properties": {
            "id": {"type": "integer", "readOnly": True},
            "password": {"type": "string", "writeOnly": True},
        },
        "example": {"id": 5, "password": "x"},
    }
    assert list(make(schema, for_response=for_response)) == [name]


def test_the_first_valid_example_is_used() -> None:
    assert make({"type": "integer", "examples": ["wrong", 3, 4]}) == 3
    assert make({"type": "integer", "examples": [3], "maximum": 2}) <= 2


def test_a_change_of_a_value_does_not_change_the_document() -> None:
    schemas = Schemas({"schema": {"type": "object", "example": {"tags": ["a"]}}})
    generated(schemas, "/schema")["tags"].append("b")
    assert generated(schemas, "/schema") == {"tags": ["a"]}


def test_the_valid_parts_of_a_wrong_example_are_used() -> None:
    schema = {
        "required": ["id", "name"],
        "properties": {"id": {"type": "integer"}, "name": {"type": "string"}},
    }
    value = make(schema, like={"id": "wrong", "name": "Rex"})
    assert value["name"] == "Rex"


@pytest.mark.parametrize(
    ("like", "kept"),
    [
        ({"price": "0.05", "size": None, "name": "Rex"}, {"name": "Rex"}),
        ({"owner": {"price": "1", "size": "2", "name": "Ann"}}, {"owner": {"name": "Ann"}}),
        ({"items": [{"price": None, "size": "2", "name": "Ann"}]}, {"items": [{"name": "Ann"}]}),
        ({"name": "Rex", "unknown": 1, "other": 2, "price": "1"}, {"name": "Rex"}),
        ({"name": "Rex", "owner": {"unknown": 1}}, {"name": "Rex"}),
        ({"items": [{}]}, {}),
    ],
)
def test_an_example_may_be_wrong_in_several_parts(like: Any, kept: dict[str, Any]) -> None:
    properties = {
        "price": {"type": "number"},
        "size": {"type": "integer"},
        "name": {"type": "string"},
    }
    owner = {"type": "object", "properties": properties, "additionalProperties": False}
    item = {**owner, "required": ["name", "price"]}
    of_whole = {**properties, "owner": owner, "items": {"type": "array", "items": item}}
    value = make({**owner, "properties": of_whole}, like=like)

    def contains(whole: Any, part: Any) -> bool:
        if isinstance(part, dict):
            return all(contains(whole[name], member) for name, member in part.items())
        if isinstance(part, list):
            return all(contains(whole[index], member) for index, member in enumerate(part))
        return bool(whole == part)

    assert contains(value, kept)


def test_a_discriminator_has_the_name_of_the_chosen_schema() -> None:
    components = {
        "Cat": {"properties": {"kind": {"type": "string"}, "lives": {"type": "integer"}}},
        "Dog": {"properties": {"kind": {"type": "string"}, "bark": {"type": "string"}}},
        "Pet": {
            "anyOf": [ref("Cat"), ref("Dog")],
            "discriminator": {
                "propertyName": "kind",
                "mapping": {"meow": "#/components/schemas/Cat"},
            },
        },
    }
    value = make(ref("Pet"), components)
    assert value["kind"] == "meow"
    assert "lives" in value


def test_a_schema_and_its_heirs_may_refer_to_each_other() -> None:
    components = {
        "Pet": {
            "type": "object",
            "required": ["kind"],
            "properties": {"kind": {"type": "string"}},
            "oneOf": [ref("Cat"), ref("Dog")],
            "discriminator": {"propertyName": "kind"},
        },
        "Cat": {"allOf": [ref("Pet"), {"properties": {"lives": {"type": "integer"}}}]},
        "Dog": {"allOf": [ref("Pet"), {"properties": {"bark": {"type": "string"}}}]},
    }
    assert make(ref("Pet"), components)["kind"] in {"Cat", "Dog"}
