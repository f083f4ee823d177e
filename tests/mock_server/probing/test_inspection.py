"""The probes find what a client would meet: errors, and responses that break the document."""

import itertools
from pathlib import Path
from typing import Any

import pytest
import yaml

from mock_server.app.mock import mock_of
from mock_server.app.sources import load_sources
from mock_server.probing.inspection import Inspection, inspect
from mock_server.probing.requests import valid_request

IMPOSSIBLE = {"type": "string", "minLength": 3, "maxLength": 2}
PET = {"type": "object", "required": ["born"], "properties": {"born": {"format": "date"}}}
ARRAY = {"type": "array", "items": {"type": "integer"}, "minItems": 2}
OBJECT = {
    "type": "object",
    "required": ["width", "color"],
    "properties": {"width": {"type": "integer"}, "color": {"type": "string"}},
    "additionalProperties": False,
}


def body(schema: Any, **more: Any) -> dict[str, Any]:
    return {"description": "d", "content": {"application/json": {"schema": schema, **more}}}


def parameter(name: str, location: str, schema: Any, **more: Any) -> dict[str, Any]:
    return {"name": name, "in": location, "required": True, "schema": schema, **more}


def document(folder: Path, paths: Any, **more: Any) -> Path:
    path = folder / "api.yaml"
    data = {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": paths, **more}
    path.write_text(yaml.safe_dump(data, sort_keys=False))
    return path


def inspected(folder: Path, paths: Any, **more: Any) -> Inspection:
    return inspect(mock_of(*load_sources(document(folder, paths, **more))))


def test_the_shipped_api_has_no_problem_and_no_note() -> None:
    inspection = inspect(mock_of(*load_sources()))
    assert (inspection.problems, inspection.notes) == ((), ())
    assert inspection.requests > 50


def test_a_response_that_cannot_be_generated_is_one_problem_with_its_count(tmp_path: Path) -> None:
    get = {"get": {"responses": {"200": body({"$ref": "#/components/schemas/Never"})}}}
    components = {"schemas": {"Never": IMPOSSIBLE}}
    inspection = inspected(tmp_path, {"/a": get, "/b": get}, components=components)
    (problem,) = inspection.problems
    assert problem.rule == "generate"
    assert "a valid request gets 500" in problem.message
    assert "(2 times, first here)" in problem.message
    assert problem.location.startswith(f"{tmp_path}/api.yaml:")
    assert problem.fix == "add an example to the response"


def test_an_error_response_that_cannot_be_generated_is_a_problem(tmp_path: Path) -> None:
    get = {"responses": {"204": {"description": "d"}, "404": body(IMPOSSIBLE)}}
    (problem,) = inspected(tmp_path, {"/a": {"get": get}}).problems
    assert "a request that prefers code=404 gets 500" in problem.message


def test_an_example_that_breaks_its_schema_is_a_note(tmp_path: Path) -> None:
    examples = {"rex": {"value": {"born": "yesterday"}}}
    get = {"responses": {"200": body(PET, examples=examples)}}
    inspection = inspected(tmp_path, {"/a": {"get": get}})
    assert inspection.problems == ()
    (note,) = inspection.notes
    assert "the example rex breaks its schema, so that a generated response" in note.message
    assert note.pointer.endswith("/examples/rex/value/born")


def test_an_undocumented_refusal_is_a_note(tmp_path: Path) -> None:
    post = {"requestBody": {**body(PET), "required": True}, "responses": {"204": {}}}
    inspection = inspected(tmp_path, {"/a": {"post": post}})
    assert inspection.problems == ()
    assert any("400 is not documented" in note.message for note in inspection.notes)


def test_a_request_that_cannot_be_generated_is_a_note(tmp_path: Path) -> None:
    post = {"requestBody": {**body(IMPOSSIBLE), "required": True}, "responses": {"204": {}}}
    inspection = inspected(tmp_path, {"/a": {"post": post}})
    assert any("no valid request can be generated" in note.message for note in inspection.notes)


def test_the_limit_of_time_is_noted_with_the_operations_that_are_left(tmp_path: Path) -> None:
    get: Any = {"get": {"responses": {"204": {}}}}
    mock = mock_of(*load_sources(document(tmp_path, {"/a": get, "/b": get, "/c": get})))
    seconds = itertools.count()
    (note,) = inspect(mock, 1.5, lambda: next(seconds)).notes
    assert "2 of 3 operations were not probed" in note.message


@pytest.mark.parametrize("schema", [ARRAY, OBJECT, {"type": "number"}], ids=["list", "map", "1"])
@pytest.mark.parametrize("explode", [True, False])
@pytest.mark.parametrize(
    ("location", "style"),
    [
        ("path", "simple"),
        ("path", "label"),
        ("path", "matrix"),
        ("query", "form"),
        ("query", "spaceDelimited"),
        ("query", "pipeDelimited"),
        ("query", "deepObject"),
        ("header", "simple"),
        ("cookie", "form"),
    ],
)
def test_a_parameter_is_written_in_each_style(
    tmp_path: Path, location: str, style: str, explode: bool, schema: Any
) -> None:
    each = parameter("size", location, schema, style=style, explode=explode)
    path = "/a/{size}" if location == "path" else "/a"
    get = {"get": {"parameters": [each], "responses": {"204": {}}}}
    mock = mock_of(*load_sources(document(tmp_path, {path: get})))
    accepted = valid_request(mock, next(iter(mock.spec.operations.values()))).accepted
    values = {**accepted.query, **accepted.path, **accepted.headers, **accepted.cookies}
    assert type(values["size"]) is not str


@pytest.mark.parametrize(
    "scheme",
    [
        {"type": "http", "scheme": "bearer"},
        {"type": "http", "scheme": "basic"},
        {"type": "http", "scheme": "digest"},
        {"type": "apiKey", "in": "query", "name": "key"},
        {"type": "apiKey", "in": "header", "name": "X-Key"},
        {"type": "apiKey", "in": "cookie", "name": "key"},
        {"type": "oauth2", "flows": {}},
        {"type": "mutualTLS"},
    ],
    ids=str,
)
def test_a_valid_request_has_the_credentials_of_each_scheme(tmp_path: Path, scheme: Any) -> None:
    get = {"security": [{"it": []}], "responses": {"204": {}, "401": {"description": "d"}}}
    components = {"securitySchemes": {"it": scheme}}
    inspection = inspected(tmp_path, {"/a": {"get": get}}, components=components)
    assert (inspection.problems, inspection.notes) == ((), ())


@pytest.mark.parametrize(
    "media_type",
    ["application/json", "application/x-www-form-urlencoded", "multipart/form-data"],
)
def test_a_valid_request_has_a_body_of_each_media_type(tmp_path: Path, media_type: str) -> None:
    content = {media_type: {"schema": OBJECT}}
    post = {"requestBody": {"required": True, "content": content}, "responses": {"204": {}}}
    mock = mock_of(*load_sources(document(tmp_path, {"/a": {"post": post}})))
    accepted = valid_request(mock, next(iter(mock.spec.operations.values()))).accepted
    assert isinstance(accepted.body["width"], int)


def test_a_required_body_without_a_media_type_is_not_required(tmp_path: Path) -> None:
    post = {"requestBody": {"required": True, "content": {}}, "responses": {"204": {}}}
    assert inspected(tmp_path, {"/a": {"post": post}}).problems == ()


def test_a_reference_to_another_kind_of_object_is_tolerated(tmp_path: Path) -> None:
    get = {"parameters": [{"$ref": "#/paths"}], "responses": {"204": {}}}
    path = document(tmp_path, {"/a": {"get": get}})
    mock = mock_of(*load_sources(path))
    assert inspect(mock).problems == ()
    assert any("must refer to a parameter" in note.message for note in mock.spec.document.notes)
