"""Any schema that accepts a value gets one that another validator accepts too, in little time."""

import contextlib
import time
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from mock_server.contract.document.schemas import Schemas
from mock_server.generation.generate import CannotGenerateError, generated
from tests.mock_server.helpers.json_schemas import any_value, satisfiable_schema


@given(st.integers(0), st.booleans())
def test_a_generated_value_is_valid_for_another_validator(seed: int, is_response: bool) -> None:
    schema = satisfiable_schema(Random(seed))
    with contextlib.suppress(CannotGenerateError):
        value = generated(Schemas({"schema": schema}), "/schema", for_response=is_response)
        assert list(Draft202012Validator(schema).iter_errors(value)) == []


def test_nearly_every_schema_that_accepts_a_value_gets_one() -> None:
    schemas = [satisfiable_schema(Random(seed)) for seed in range(400)]
    failures = []
    for schema in schemas:
        try:
            generated(Schemas({"schema": schema}), "/schema")
        except CannotGenerateError:
            failures.append(schema)
    assert len(failures) <= 0.01 * len(schemas), failures


@given(st.integers(0))
def test_an_unsuitable_example_never_makes_a_value_invalid(seed: int) -> None:
    random = Random(seed)
    schema, example = satisfiable_schema(random), any_value(random)
    schemas = Schemas({"schema": {"allOf": [schema], "example": example}})
    with contextlib.suppress(CannotGenerateError):
        value = generated(schemas, "/schema", like=example, hints={"id": example})
        assert schemas.violations("/schema", value) == []


def test_the_time_for_a_value_is_bounded() -> None:
    """Each branch requires three more branches, and none has an end."""
    branch = {"type": "object", "required": ["a"], "properties": {"a": {"$ref": "#/deep"}}}
    deep: Any = {"oneOf": [branch, branch, branch], "required": ["b"], "properties": {"b": branch}}
    start = time.process_time()
    with contextlib.suppress(CannotGenerateError):
        generated(Schemas({"schema": {"$ref": "#/deep"}, "deep": deep}), "/schema")
    assert time.process_time() - start < 2


@pytest.mark.parametrize(
    "pattern", [r"^(a|aa)+$(?<!a)", r"^(([a-z]+)*)*\d(?=\D)$", r"^(?=(a+)+b)(a+)+$"]
)
def test_a_pattern_that_no_text_matches_takes_little_time(pattern: str) -> None:
    schemas = Schemas({"schema": {"type": "string", "pattern": pattern, "minLength": 40}})
    start = time.process_time()
    with pytest.raises(CannotGenerateError):
        generated(schemas, "/schema")
    assert time.process_time() - start < 2
