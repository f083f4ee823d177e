"""A sample request is valid for its operation, and so is the curl command that sends it."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
import yaml

from mock_server.app.handle import respond
from mock_server.app.mock import Mock, mock_of
from mock_server.app.sources import load_sources
from mock_server.contract.exchange import Request, Response
from mock_server.generation.generate import CannotGenerateError
from mock_server.generation.requests.curl import curl_command
from mock_server.generation.requests.sample_request import SampleRequest, sample_request
from tests.mock_server.helpers.foreign import library

POINT = {"type": "object", "required": ["x"], "properties": {"x": {"type": "integer"}}}
NUMBERS = {"type": "array", "minItems": 2, "items": {"type": "integer"}}
# Location of a parameter → its styles; each is tried exploded and not
STYLES = {
    "path": ("simple", "label", "matrix"),
    "query": ("form", "spaceDelimited", "pipeDelimited", "deepObject"),
    "header": ("simple",),
    "cookie": ("form",),
}
CASES = [
    (location, style, explode, schema)
    for location, styles in STYLES.items()
    for style in styles
    for explode in (True, False)
    for schema in (NUMBERS, POINT, {"type": "boolean"}, {"type": "string", "minLength": 1})
    if style != "deepObject" or schema is POINT
]


def mock_with(folder: Path, path: str, operation: Any, schemes: Any = None) -> Mock:
    """Return a mock of one operation, POST at the path."""
    document = {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "paths": {path: {"post": {"responses": {"200": {"description": "d"}}, **operation}}},
        "components": {"securitySchemes": schemes or {}},
    }
    file = folder / "api.yaml"
    file.write_text(yaml.safe_dump(document))
    return mock_of(*load_sources(file))


def sample(mock: Mock, name: str | None = None) -> SampleRequest:
    operations = mock.spec.operations
    operation = operations[name] if name else next(iter(operations.values()))
    return sample_request(mock.context.judge.schemas, operation)


def send(mock: Mock, request: SampleRequest) -> Response:
    headers = {name.lower(): text for name, text in request.all_headers.items()}
    path = unquote(request.path)
    return respond(mock, Request(request.method, path, request.query, headers, request.body))


@pytest.mark.parametrize(("location", "style", "explode", "schema"), CASES)
def test_a_parameter_is_written_in_its_style(
    tmp_path: Path, location: str, style: str, explode: bool, schema: Any
) -> None:
    parameter = {"name": "p", "in": location, "style": style, "explode": explode}
    parameter |= {"schema": schema, "required": True}
    path = "/things/{p}/parts" if location == "path" else "/things"
    mock = mock_with(tmp_path, path, {"parameters": [parameter]})
    response = send(mock, sample(mock))
    assert response.status == 200, response


@pytest.mark.parametrize("location", ["path", "query", "header", "cookie"])
def test_a_parameter_described_by_a_media_type_is_json(tmp_path: Path, location: str) -> None:
    content = {"application/json": {"schema": POINT}}
    parameter = {"name": "p", "in": location, "content": content, "required": True}
    path = "/things/{p}" if location == "path" else "/things"
    mock = mock_with(tmp_path, path, {"parameters": [parameter]})
    response = send(mock, sample(mock))
    assert response.status == 200, response


@pytest.mark.parametrize(
    "media_type",
    ["application/json", "application/x-www-form-urlencoded", "multipart/form-data"],
)
def test_a_body_has_the_media_type_of_the_document(tmp_path: Path, media_type: str) -> None:
    schema = {"type": "object", "required": ["n"], "properties": {"n": {"type": "integer"}}}
    body = {"required": True, "content": {media_type: {"schema": schema}}}
    mock = mock_with(tmp_path, "/things", {"requestBody": body})
    request = sample(mock)
    assert request.content_type.startswith(media_type)
    assert send(mock, request).status == 200


@pytest.mark.parametrize(
    "scheme",
    [
        {"type": "http", "scheme": "bearer"},
        {"type": "http", "scheme": "basic"},
        {"type": "oauth2", "flows": {}},
        {"type": "openIdConnect", "openIdConnectUrl": "https://x.example/"},
        {"type": "apiKey", "in": "header", "name": "X-Key"},
        {"type": "apiKey", "in": "query", "name": "key"},
        {"type": "apiKey", "in": "cookie", "name": "key"},
    ],
)
def test_a_request_has_the_credentials_that_the_operation_needs(
    tmp_path: Path, scheme: Any
) -> None:
    mock = mock_with(tmp_path, "/things", {"security": [{"one": []}]}, {"one": scheme})
    request = sample(mock)
    assert send(mock, request).status == 200
    assert send(mock, SampleRequest(request.method, request.path)).status == 401


def test_a_documented_example_is_used_if_it_is_valid(tmp_path: Path) -> None:
    parameters = [
        {
            "name": "a",
            "in": "path",
            "required": True,
            "schema": {"type": "string"},
            "example": "x1",
        },
        {"name": "b", "in": "path", "required": True, "schema": {"type": "integer"}}
        | {"examples": {"wrong": {"value": "text"}, "right": {"value": 7}}},
    ]
    mock = mock_with(tmp_path, "/things/{a}/{b}", {"parameters": parameters})
    assert sample(mock).path == "/things/x1/7"


def test_a_part_of_the_path_is_never_empty_and_has_no_slash(tmp_path: Path) -> None:
    parameters = [
        {"name": "file", "in": "path", "required": True, "schema": {"type": "string"}}
        | {"example": "a folder/b.txt"},
    ]
    mock = mock_with(tmp_path, "/files/{file}", {"parameters": parameters})
    assert sample(mock).path == "/files/a-folder-b.txt"
    only_empty = [{"name": "file", "in": "path", "required": True, "schema": {"const": ""}}]
    with pytest.raises(CannotGenerateError):
        sample(mock_with(tmp_path, "/files/{file}", {"parameters": only_empty}))


def test_the_library_accepts_a_sample_of_each_operation(tmp_path: Path) -> None:
    mock = mock_of(*load_sources(library(tmp_path)))
    for operation in mock.spec.operations.values():
        response = send(mock, sample(mock, operation.id))
        assert response.status == operation.success.status, (operation.id, response)


def test_the_command_contains_each_part_of_the_request_as_one_word(tmp_path: Path) -> None:
    mock = mock_of(*load_sources(library(tmp_path)))
    book = shlex.split(curl_command("http://h/v1", sample(mock, "addBook"), {"Prefer": "code=4"}))
    assert book[:4] == ["curl", "http://h/v1/books", "-H", "X-Api-Key: any-token"]
    assert "Prefer: code=4" in book
    assert book[-2] == "-d"
    cover = shlex.split(curl_command("http://h", sample(mock, "replaceCover")))
    assert cover[1:3] == ["-X", "PUT"]
    assert cover[-2] == "-F"
    assert cover[-1] in ("kind=front", "kind=back")
    removed = curl_command("http://h", sample(mock, "removeBook"))
    assert removed.startswith("curl -X DELETE http://h/books/978-")
