"""The benchmark of public documents sends valid requests and judges responses by the document."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from benchmarks.documents.__main__ import main
from benchmarks.documents.corpus import find_documents, part_of, validity
from benchmarks.documents.judging import (
    INVALID,
    LOST,
    REFUSED,
    SERVER_ERROR,
    SUCCESS,
    UNDOCUMENTED,
    Response,
    judge,
)
from benchmarks.documents.measuring import prepare
from benchmarks.documents.nodes import BrokenReferenceError, Node, document_node
from benchmarks.documents.operations import read_operation
from benchmarks.documents.requests import Request, build_request, spread_evenly
from benchmarks.documents.schemas import WRITE, first_error
from benchmarks.documents.tables import percentile
from benchmarks.documents.values import Builder, NoValueError


def document(tmp_path: Path, operation: Any, method: str = "get", **rest: Any) -> Node:
    """Return the root of a document with one operation at /items/{id}."""
    data = {"openapi": "3.1.0", "paths": {"/items/{id}": {method: operation}}, **rest}
    return document_node(tmp_path / "openapi.json", data)


def request_of(root: Node, method: str = "get", *, complete: bool = True) -> Request:
    return build_request(read_operation(root, "/items/{id}", method), "3.1", complete=complete)


ID = {"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}


@pytest.mark.parametrize("complete", [True, False])
@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string", "minLength": 9, "maxLength": 12},
        {"type": "string", "pattern": "^[A-Z]{3}-\\d{4}$"},
        {"type": "string", "format": "date-time"},
        {"type": "string", "example": "wrong", "enum": ["a", "b"]},
        {"type": "integer", "exclusiveMinimum": 10, "maximum": 20, "multipleOf": 7},
        {"type": "number", "exclusiveMaximum": 0},
        {"type": "integer", "minimum": 5, "exclusiveMinimum": 5.5},
        {"type": "array", "items": {"enum": [1, 2, 3]}, "minItems": 3, "uniqueItems": True},
        {"type": "array", "prefixItems": [{"type": "string"}, {"type": "integer"}], "minItems": 2},
        {"type": "object", "minProperties": 2, "additionalProperties": {"type": "integer"}},
        {"required": ["a"], "properties": {"a": {"type": "boolean"}, "b": {"type": "null"}}},
        {"allOf": [{"required": ["a"]}, {"properties": {"a": {"const": 7}}}]},
        {"oneOf": [{"type": "integer", "minimum": 5}, {"type": "integer", "maximum": 10}]},
        {"anyOf": [False, {"type": ["null", "string"]}]},
        {"type": "object", "properties": {"child": {"$ref": "#"}}, "required": []},
    ],
)
def test_a_value_is_built_that_the_schema_allows(
    tmp_path: Path, schema: Any, complete: bool
) -> None:
    def is_valid(node: Node, value: Any) -> bool:
        return not first_error(node, value, WRITE["3.1"])

    node = document_node(tmp_path / "schema.json", schema)
    assert is_valid(node, Builder(is_valid, complete).build(node))


def test_a_schema_that_requires_itself_has_no_value(tmp_path: Path) -> None:
    node = document_node(
        tmp_path / "a.json", {"required": ["a"], "properties": {"a": {"$ref": "#"}}}
    )
    with pytest.raises(NoValueError, match="nested too deeply"):
        Builder(lambda *_: True, complete=False).build(node)


@pytest.mark.parametrize(
    ("parameter", "target"),
    [
        ({"in": "query", "explode": True}, "/items/1?p=a&p=b"),
        ({"in": "query", "explode": False}, "/items/1?p=a,b"),
        ({"in": "query", "explode": False, "style": "pipeDelimited"}, "/items/1?p=a%7Cb"),
        (
            {"in": "query", "content": {"application/json": {}}},
            "/items/1?p=%5B%22a%22%2C%20%22b%22%5D",
        ),
    ],
)
def test_a_list_in_the_query_is_written_in_its_style(
    tmp_path: Path, parameter: dict[str, Any], target: str
) -> None:
    content = {"schema": {"type": "array"}, "example": ["a", "b"]}
    if "content" in parameter:
        content = {"content": {"application/json": content}}
    root = document(tmp_path, {"parameters": [ID, {"name": "p", **parameter, **content}]})
    assert request_of(root).target == target


@pytest.mark.parametrize(
    ("style", "target"),
    [
        ({"style": "simple"}, "/items/a,b"),
        ({"style": "label", "explode": True}, "/items/.a.b"),
        ({"style": "matrix"}, "/items/;id=a,b"),
        ({"style": "matrix", "explode": True}, "/items/;id=a;id=b"),
    ],
)
def test_a_list_in_the_path_is_written_in_its_style(
    tmp_path: Path, style: dict[str, Any], target: str
) -> None:
    parameter = {"name": "id", "in": "path", "example": ["a", "b"], **style}
    assert request_of(document(tmp_path, {"parameters": [parameter]})).target == target


def test_a_fragment_in_a_path_is_not_sent(tmp_path: Path) -> None:
    parameter = {"name": "p", "in": "query", "required": True, "schema": {"const": 1}}
    data = {"openapi": "3.1.0", "paths": {"/a?b=c#d": {"get": {"parameters": [parameter]}}}}
    root = document_node(tmp_path / "openapi.json", data)
    operation = read_operation(root, "/a?b=c#d", "get")
    assert build_request(operation, "3.1", complete=True).target == "/a?b=c&p=1"


def test_two_schemes_cannot_share_a_header(tmp_path: Path) -> None:
    schemes = {name: {"type": "http", "scheme": name} for name in ("basic", "bearer")}
    operation = {"parameters": [ID], "security": [{"basic": [], "bearer": []}]}
    root = document(tmp_path, operation, components={"securitySchemes": schemes})
    with pytest.raises(NoValueError, match="two security schemes need the header Authorization"):
        request_of(root)


def test_only_a_complete_request_has_optional_parameters(tmp_path: Path) -> None:
    optional = {"name": "p", "in": "query", "schema": {"type": "string"}}
    root = document(tmp_path, {"parameters": [ID, optional]})
    assert request_of(root, complete=True).target == "/items/1?p=sample"
    assert request_of(root, complete=False).target == "/items/1"


@pytest.mark.parametrize(
    ("scheme", "expected"),
    [
        ({"type": "apiKey", "in": "header", "name": "X-Key"}, {"X-Key": "secret-key"}),
        ({"type": "apiKey", "in": "cookie", "name": "key"}, {"Cookie": "key=secret-key"}),
        ({"type": "http", "scheme": "Bearer"}, {"Authorization": "Bearer secret-token"}),
        ({"type": "oauth2"}, {"Authorization": "Bearer secret-token"}),
    ],
)
def test_credentials_are_those_of_the_security_scheme(
    tmp_path: Path, scheme: Any, expected: dict[str, str]
) -> None:
    operation = {"parameters": [ID], "security": [{"unknown": []}, {"key": []}]}
    root = document(tmp_path, operation, components={"securitySchemes": {"key": scheme}})
    assert expected.items() <= request_of(root).headers.items()


def test_a_body_has_no_property_that_is_only_for_reading(tmp_path: Path) -> None:
    schema = {"properties": {"a": {"const": 1}, "b": {"const": 2, "readOnly": True}}}
    content = {"text/plain": {}, "application/json": {"schema": schema}}
    root = document(tmp_path, {"parameters": [ID], "requestBody": {"content": content}}, "post")
    request = request_of(root, "post")
    assert request.headers["Content-Type"] == "application/json"
    assert json.loads(request.body) == {"a": 1}


def test_a_swagger_document_has_forms_and_a_prefix(tmp_path: Path) -> None:
    fields = [
        {"name": "file", "in": "formData", "type": "file", "required": True},
        {"name": "id", "in": "path", "type": "integer", "required": True},
    ]
    operation = {"parameters": fields, "responses": {"200": {"schema": {"type": "integer"}}}}
    data = {"swagger": "2.0", "basePath": "/v1", "paths": {"/items/{id}": {"post": operation}}}
    root = document_node(tmp_path / "swagger.json", data)
    read = read_operation(root, "/items/{id}", "post")
    request = build_request(read, "3.0", complete=False)
    assert (request.prefix, request.target) == ("/v1", "/items/1")
    assert b'name="file"; filename="file.bin"' in request.body
    json_type = {"content-type": "application/json"}
    assert judge(read, Response(200, json_type, b"1"), "3.0").kind == SUCCESS
    assert judge(read, Response(200, json_type, b'"1"'), "3.0").kind == INVALID


@pytest.mark.parametrize(
    ("response", "kind"),
    [
        (Response(200, {"content-type": "application/json; charset=utf-8"}, b'{"a": 1}'), SUCCESS),
        (Response(200, {"content-type": "application/json"}, b'{"a": "1"}'), INVALID),
        (Response(200, {"content-type": "application/json"}, b"{"), INVALID),
        (Response(200, {"content-type": "text/html"}, b"{}"), UNDOCUMENTED),
        (Response(202, {"content-type": "application/json"}, b"{}"), UNDOCUMENTED),
        (Response(204), SUCCESS),
        (Response(204, {}, b"1"), SUCCESS),
        (Response(299), SUCCESS),
        (Response(299, {"content-type": "text/plain"}, b"1"), UNDOCUMENTED),
        (Response(404), REFUSED),
        (Response(500), SERVER_ERROR),
        (Response(error="reset"), LOST),
    ],
)
def test_a_response_is_judged_by_the_document(
    tmp_path: Path, response: Response, kind: str
) -> None:
    schema = {"properties": {"a": {"type": "integer"}}}
    responses = {
        "200": {"content": {"application/*": {"schema": schema}}},
        "204": {"description": ""},
        "299": {"description": ""},
        "404": {"description": ""},
    }
    root = document(tmp_path, {"parameters": [ID], "responses": responses})
    assert judge(read_operation(root, "/items/{id}", "get"), response, "3.1").kind == kind


def test_a_reference_leads_only_to_files_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "outside.yaml").write_text("a: 1")
    (tmp_path / "folder/inside.yaml").write_text("a: {b~c: {$ref: '#/d'}}\nd: {200: 2000-01-01}")
    root = document_node(
        tmp_path / "folder/openapi.yaml",
        {
            "in": {"$ref": "inside.yaml#/a"},
            "out": {"$ref": "../outside.yaml"},
            "loop": {"$ref": "#/loop"},
        },
    )
    assert root.get("in", "b~c", "200").value == "2000-01-01"
    for name, problem in {"out": "not in the folder", "loop": "without an end"}.items():
        with pytest.raises(BrokenReferenceError, match=problem):
            root.get(name).resolved()


def test_documents_are_found_and_known_to_be_valid_or_not(tmp_path: Path) -> None:
    info = {"title": "t", "version": "1"}
    valid = {"openapi": "3.1.0", "info": info, "paths": {}}
    (tmp_path / "a.yaml").write_text(yaml.safe_dump(valid))
    (tmp_path / "b.json").write_text(json.dumps({"openapi": "3.0.0", "paths": {}}))
    (tmp_path / "c.json").write_text("{}")
    (tmp_path / "d.yaml").write_text("- [")
    found = list(find_documents([tmp_path]))
    assert [each.path.name for each in found] == ["a.yaml", "b.json"]
    assert [validity(each) for each in found] == [True, False]


def test_a_part_of_a_document_has_the_components_that_it_needs(tmp_path: Path) -> None:
    schemas = {
        "A": {"properties": {"b": {"$ref": "#/components/schemas/B"}}},
        "B": {"type": "string"},
        "C": {"type": "integer"},
    }
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/A"}}}
    get = {"get": {"responses": {"200": {"description": "x" * 50, "content": content}}}}
    data = {"openapi": "3.1.0", "paths": {"/a": get, "/b": get}, "components": {"schemas": schemas}}
    (tmp_path / "large.json").write_text(json.dumps(data))
    (large,) = find_documents([tmp_path / "large.json"])
    part = part_of(large, 60, tmp_path)
    assert list(part.data["paths"]) == ["/a"]
    assert part.data["components"]["schemas"].keys() == {"A", "B"}
    assert len(prepare(part, valid=True).calls) == 1


def test_a_document_is_served_and_its_operations_are_judged(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content = {"application/json": {"schema": {"type": "object", "required": ["id"]}}}
    operation = {"responses": {"201": {"description": "", "content": content}}}
    data = {
        "openapi": "3.1.0",
        "info": {"title": "Items", "version": "1"},
        "servers": [{"url": "https://example.com/v1"}],
        "paths": {"/items": {"get": operation, "post": operation}},
    }
    (tmp_path / "items.yaml").write_text(yaml.safe_dump(data))
    assert main([str(tmp_path), "--tools", "ours", "--verbose"]) == 0
    output = capsys.readouterr().out
    assert "| documents served | at least 99% | 100.0% | yes |" in output
    assert "| 1 documents, 2 operations | mock-server |" in output
    assert "| operations: valid documented success | 2 (100.0%) |" in output


def test_a_folder_without_documents_is_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(tmp_path)]) == 2
    assert "no OpenAPI document in" in capsys.readouterr().err


def test_operations_are_spread_over_the_document() -> None:
    assert spread_evenly(range(100), 4) == [0, 25, 50, 75]
    assert spread_evenly(range(3), 4) == [0, 1, 2]


@pytest.mark.parametrize(("share", "value"), [(0.5, 10), (0.95, 19), (1, 20)])
def test_a_percentile_is_one_of_the_values(share: float, value: int) -> None:
    assert percentile(range(1, 21), share) == value
