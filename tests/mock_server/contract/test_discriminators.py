"""A discriminator selects the schema that a value must fit."""

from typing import Any

import pytest

from mock_server.contract.document.schemas import Schemas

BRANCHES = {
    "Cat": {"required": ["kind"], "properties": {"lives": {"type": "integer"}}},
    "Dog": {"required": ["kind"], "properties": {"lives": {"type": "integer"}}},
    "Bird": {"required": ["kind", "wings"], "properties": {"wings": {"type": "integer"}}},
}
REFERENCES = [{"$ref": f"#/components/schemas/{name}"} for name in BRANCHES]


def schemas(keyword: str = "oneOf", **mapping: str) -> Schemas:
    discriminator: dict[str, Any] = {"propertyName": "kind"}
    if mapping:
        discriminator["mapping"] = mapping
    pet = {keyword: REFERENCES, "discriminator": discriminator}
    return Schemas({"components": {"schemas": {**BRANCHES, "Pet": pet}}})


def problems(value: Any, **mapping: str) -> list[tuple[str, str]]:
    violations = schemas(**mapping).violations("/components/schemas/Pet", value)
    return [(each.rule, each.pointer) for each in violations]


@pytest.mark.parametrize("kind", ["Cat", "Dog"])
def test_a_value_may_fit_other_alternatives_than_the_selected_one(kind: str) -> None:
    assert problems({"kind": kind, "lives": 7}) == []


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ({"kind": "Cat", "lives": "7"}, ("type", "/lives")),
        ({"kind": "Bird"}, ("required", "")),
        ({"kind": "Fish"}, ("oneOf", "")),
        ({"lives": 7}, ("oneOf", "")),
    ],
)
def test_a_value_must_fit_the_selected_alternative(value: Any, problem: tuple[str, str]) -> None:
    assert problems(value) == [problem]


def test_a_mapping_names_alternatives() -> None:
    mapping = {"cat": "#/components/schemas/Cat"}
    assert problems({"kind": "cat"}, **mapping) == []
    assert problems({"kind": "Dog"}, **mapping) == []
    assert problems({"kind": "fish"}, **mapping) == [("enum", "/kind")]


def test_without_a_discriminator_exactly_one_alternative_must_fit() -> None:
    data = {"components": {"schemas": {**BRANCHES, "Pet": {"oneOf": REFERENCES}}}}
    violations = Schemas(data).violations("/components/schemas/Pet", {"kind": "Cat"})
    assert [each.rule for each in violations] == ["oneOf"]
