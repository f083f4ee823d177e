"""Documented examples are found, and judged by the schema of their media type."""

from typing import Any

from mock_server.contract.document.schemas import Schemas
from mock_server.generation.examples import examples_of

PET = {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}}}


def examples(content: Any, media_type: str = "application/json", **shared: Any) -> Any:
    schemas = Schemas({"content": content, "components": {"examples": shared}})
    return examples_of(schemas, "/content", media_type)


def test_named_examples_are_listed_in_order_with_their_pointers() -> None:
    listed = examples(
        {
            "schema": PET,
            "example": {"id": 1},
            "examples": {
                "one": {"value": {"id": 2}},
                "two": {"$ref": "#/components/examples/shared"},
                "far": {"externalValue": "https://example.com/pet.json"},
                "lost": {"$ref": "#/components/examples/lost"},
            },
        },
        shared={"value": {"id": 3}},
    )
    assert [(each.name, each.value["id"], each.where) for each in listed] == [
        ("", 1, "/content/example"),
        ("one", 2, "/content/examples/one/value"),
        ("two", 3, "/components/examples/shared/value"),
    ]
    assert all(each.violations == () for each in listed)


def test_a_wrong_example_has_violations_with_their_pointer() -> None:
    (example,) = examples({"schema": PET, "examples": {"bad": {"value": {"id": "x"}}}})
    (violation,) = example.violations
    assert violation.pointer == "/content/examples/bad/value/id"
    assert violation.message == "must be a whole number"


def test_an_example_without_a_schema_is_valid() -> None:
    (example,) = examples({"example": [1]})
    assert (example.value, example.violations) == ([1], ())


def test_json_in_a_text_is_read() -> None:
    (example,) = examples({"schema": PET, "example": '{"id": 5}'})
    assert (example.value, example.violations) == ({"id": 5}, ())
    assert example.note == "the example is text that contains JSON"


def test_a_text_is_a_whole_body_if_the_media_type_is_not_json() -> None:
    (example,) = examples({"schema": PET, "example": "<pet/>"}, "application/xml")
    assert (example.value, example.violations) == ("<pet/>", ())


def test_a_location_without_a_media_type_object_has_no_examples() -> None:
    assert examples_of(Schemas({}), "/missing") == []
    assert examples_of(Schemas({"content": True}), "/content") == []
