"""A Swagger 2.0 document is converted to the form of OpenAPI 3.1."""

from pathlib import Path
from typing import Any

import pytest

from mock_server.contract.openapi.reading import read_document
from mock_server.contract.source.documents import Document
from tests.mock_server.helpers.copies import location_of, violations_of
from tests.mock_server.helpers.guarantees import assert_guarantees

DOCUMENT = (Path(__file__).parent / "documents" / "pets-2.0.yaml").read_text()


@pytest.fixture
def document(tmp_path: Path) -> Document:
    path = tmp_path / "swagger.yaml"
    path.write_text(DOCUMENT)
    document = read_document(path)
    assert_guarantees(document.data)
    return document


def operation_of(document: Document, id_: str) -> Any:
    items = document.data["paths"].values()
    operations = [each for item in items for each in item.values() if isinstance(each, dict)]
    return next(each for each in operations if each.get("operationId") == id_)


def test_a_valid_document_has_no_notes(document: Document) -> None:
    assert document.notes == ()
    assert document.data["openapi"] == "3.1.0"
    assert {"swagger", "host", "definitions", "parameters"}.isdisjoint(document.data)


def test_the_servers_follow_from_schemes_host_and_base_path(document: Document) -> None:
    urls = [server["url"] for server in document.data["servers"]]
    assert urls == ["https://pets.example.com/v1", "http://pets.example.com/v1"]


@pytest.mark.parametrize(
    ("removed", "url"),
    [
        ("host: pets.example.com\n", "/v1"),
        ("basePath: /v1/\n", "https://pets.example.com"),
        ("schemes: [https, http]\n", "https://pets.example.com/v1"),
    ],
)
def test_the_first_server_needs_no_field(tmp_path: Path, removed: str, url: str) -> None:
    path = tmp_path / "swagger.yaml"
    path.write_text(DOCUMENT.replace(removed, ""))
    assert read_document(path).data["servers"][0] == {"url": url}


def test_definitions_are_schemas(document: Document) -> None:
    schemas = document.data["components"]["schemas"]
    assert schemas["Error"]["properties"]["message"]["type"] == ["string", "null"]
    assert schemas["Pet"]["discriminator"] == {"propertyName": "name"}


def test_security_definitions_are_security_schemes(document: Document) -> None:
    schemes = document.data["components"]["securitySchemes"]
    assert schemes["basic"] == {"type": "http", "scheme": "basic"}
    assert schemes["key"] == {"type": "apiKey", "name": "key", "in": "query"}
    assert schemes["login"]["flows"]["authorizationCode"]["scopes"] == {"read": "read pets"}


def test_collection_formats_are_styles(document: Document) -> None:
    limit, tags, ids, sizes = operation_of(document, "listPets")["parameters"]
    assert limit["schema"] == {"type": "integer", "maximum": 100}
    assert (tags["style"], tags["explode"]) == ("form", True)
    assert (ids["style"], ids["explode"]) == ("form", False)
    assert "style" not in sizes


def test_a_response_has_a_body_for_each_media_type(document: Document) -> None:
    responses = operation_of(document, "listPets")["responses"]
    content = responses["200"]["content"]
    assert list(content) == ["application/json", "application/xml"]
    assert content["application/json"]["example"] == [{"name": "Rex"}]
    assert content["application/xml"]["schema"]["items"] == {"$ref": "#/components/schemas/Pet"}
    assert responses["200"]["headers"]["X-Total"]["schema"] == {"type": "integer"}
    error = {"schema": {"$ref": "#/components/schemas/Error"}}
    assert responses["404"]["content"]["application/json"] == error
    assert "content" not in operation_of(document, "addPet")["responses"]["201"]


def test_a_parameter_in_the_body_is_the_request_body(document: Document) -> None:
    operation = operation_of(document, "addPet")
    assert [each["name"] for each in operation["parameters"]] == ["dry", "wet"]
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Pet"}}}
    assert operation["requestBody"] == {"required": True, "content": content}


def test_form_parameters_are_the_request_body(document: Document) -> None:
    body = operation_of(document, "putPhoto")["requestBody"]
    media = body["content"]["multipart/form-data"]
    assert media["schema"]["required"] == ["photo"]
    assert media["schema"]["properties"]["photo"] == {"type": "string", "format": "binary"}
    assert media["encoding"]["labels"] == {"style": "form", "explode": False}
    content = operation_of(document, "ratePhoto")["requestBody"]["content"]
    assert list(content) == ["application/x-www-form-urlencoded"]


def test_a_file_is_a_binary_body(document: Document) -> None:
    content = operation_of(document, "getPhoto")["responses"]["200"]["content"]
    assert content == {"image/png": {"schema": {"type": "string", "format": "binary"}}}


@pytest.mark.parametrize(
    ("pointer", "text"),
    [
        ("/components/schemas/Pet/properties/name/type", "string}}}\npaths"),
        ("/paths/~1pets/post/parameters/1/schema", "{name: wet"),
        ("/paths/~1pets/post/requestBody/content/application~1json", '{$ref: "#/parameters/pet"}'),
        (
            "/paths/~1pets/get/responses/200/content/application~1json/schema/items",
            '{$ref: "#/definitions/Pet"}}\n          examples',
        ),
        ("/servers/0", "pets.example.com\nbase"),
    ],
)
def test_locations_are_those_of_the_file(document: Document, pointer: str, text: str) -> None:
    assert document.location(pointer) == location_of(document.path, text)


def test_a_reference_into_an_operation_follows_the_conversion(tmp_path: Path) -> None:
    target = "#/paths/~1pets/get/responses/200/schema/items"
    path = tmp_path / "swagger.yaml"
    path.write_text(
        DOCUMENT.replace("definitions:\n", f'definitions:\n  A: {{$ref: "{target}"}}\n')
    )
    moved = target.replace("/schema/", "/content/application~1json/schema/")
    assert read_document(path).data["components"]["schemas"]["A"] == {"$ref": moved}


@pytest.mark.parametrize("name", ["parameters/limit", "responses/missing", "definitions/Error"])
def test_a_broken_reference_is_an_error(tmp_path: Path, name: str) -> None:
    path = tmp_path / "swagger.yaml"
    path.write_text(DOCUMENT.replace(f"#/{name}", f"#/{name}x"))
    (violation,) = violations_of(read_document, path)
    assert violation.rule == "ref"
    assert violation.fix == f"did you mean #/{name}?"
