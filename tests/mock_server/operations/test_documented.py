"""Operations without behaviour return a documented response."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from mock_server.app.handle import respond
from mock_server.app.mock import Mock, mock_of
from mock_server.app.sources import load_sources
from mock_server.contract.exchange import Request, Response
from mock_server.foundation import timestamps

START = "2050-01-01T00:00:00Z"
PET = {
    "type": "object",
    "required": ["id", "name"],
    "properties": {"id": {"type": "integer"}, "name": {"type": "string"}},
}
ERROR = {
    "type": "object",
    "required": ["code", "message"],
    "properties": {"code": {"type": "integer"}, "message": {"type": "string"}},
}


def content(schema: Any, media_type: str = "application/json", **examples: Any) -> dict[str, Any]:
    named = {name: {"value": value} for name, value in examples.items()}
    return {
        "description": "d",
        "content": {media_type: {"schema": schema, **({"examples": named} if named else {})}},
    }


def mock_with(
    folder: Path,
    responses: dict[str, Any],
    starts_at: int | None = None,
    more_parameters: Sequence[Any] = (),
) -> Mock:
    """Return a mock of one operation, GET /pets/{petId}."""
    document = {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "servers": [{"url": "https://{host}/v1/", "variables": {"host": {"default": "h"}}}],
        "paths": {
            "/pets/{petId}": {
                "get": {
                    "parameters": [
                        {
                            "name": "petId",
                            "in": "path",
                            "required": True,
                            "schema": {"type": "string", "maxLength": 5},
                        },
                        *more_parameters,
                    ],
                    "responses": responses,
                }
            }
        },
        "components": {"schemas": {"Pet": PET}},
    }
    path = folder / "api.yaml"
    path.write_text(yaml.safe_dump(document))
    return mock_of(*load_sources(path), starts_at=starts_at)


def get(mock: Mock, path: str = "/v1/pets/42", **headers: str) -> Response:
    return respond(mock, Request("GET", path, (), headers))


def test_the_example_is_the_response(tmp_path: Path) -> None:
    example = {"id": 7, "name": "Rex"}
    response = get(mock_with(tmp_path, {"200": content(PET, rex=example)}))
    assert (response.status, response.media_type) == (200, "application/json")
    assert json.loads(response.body) == example


def test_prefer_selects_a_named_example(tmp_path: Path) -> None:
    two = content(PET, rex={"id": 1, "name": "Rex"}, tom={"id": 2, "name": "Tom"})
    mock = mock_with(tmp_path, {"200": two})
    response = get(mock, prefer="example=tom")
    assert json.loads(response.body)["name"] == "Tom"
    assert response.header("Preference-Applied") == "example=tom"
    unknown = get(mock, prefer="example=tim")
    assert unknown.status == 400
    assert b"did you mean tom?" in unknown.body


def test_a_wrong_example_is_repaired(tmp_path: Path) -> None:
    wrong = content(PET, rex={"id": "seven", "name": "Rex"})
    body = json.loads(get(mock_with(tmp_path, {"200": wrong})).body)
    assert isinstance(body["id"], int)
    assert body["name"] == "Rex"


def test_a_generated_response_is_stable_and_repeats_the_id_of_the_path(tmp_path: Path) -> None:
    mock = mock_with(tmp_path, {"200": content({"$ref": "#/components/schemas/Pet"})})
    first = json.loads(get(mock).body)
    assert first["id"] == 42
    assert json.loads(get(mock).body) == first


def test_dynamic_responses_differ_by_seed(tmp_path: Path) -> None:
    schema = {"type": "array", "items": PET, "minItems": 3}
    mock = mock_with(tmp_path, {"200": content(schema, one=[{"id": 1, "name": "a"}] * 3)})
    seeds = [get(mock, prefer=f"dynamic=true, seed={seed}") for seed in (1, 2, 1)]
    assert seeds[0].body == seeds[2].body != seeds[1].body
    assert seeds[0].header("Preference-Applied") == "dynamic=true, seed=1"


@pytest.mark.parametrize(
    ("names", "status"),
    [(["201"], 201), (["404", "202"], 202), (["2XX"], 200), (["default"], 200), (["204"], 204)],
)
def test_the_success_is_what_the_document_says(
    tmp_path: Path, names: list[str], status: int
) -> None:
    responses = {name: content(PET) for name in names}
    response = get(mock_with(tmp_path, responses))
    assert response.status == status
    assert bool(response.body) == (status != 204)


@pytest.mark.parametrize("name", ["400", "4XX", "default"])
def test_a_refusal_is_the_documented_error(tmp_path: Path, name: str) -> None:
    mock = mock_with(tmp_path, {"200": content(PET), name: content(ERROR)})
    response = get(mock, "/pets/too-long")
    body = json.loads(response.body)
    assert (response.status, body["code"]) == (400, 400)
    assert "too-long" in body["message"]
    assert "too-long" in (response.header("X-Mock-Violations") or "")


def test_a_refusal_without_a_documented_error_has_problem_details(tmp_path: Path) -> None:
    response = get(mock_with(tmp_path, {"200": content(PET)}), "/pets/too-long")
    assert (response.status, response.media_type) == (400, "application/problem+json")
    body = json.loads(response.body)
    assert (body["title"], body["status"]) == ("Bad Request", 400)
    assert body["errors"][0]["pointer"] == "petId"


def test_a_refusal_has_problem_details_where_the_document_describes_no_body(tmp_path: Path) -> None:
    mock = mock_with(tmp_path, {"200": content(PET), "400": {"description": "d"}})
    response = get(mock, "/pets/too-long")
    assert (response.status, response.media_type) == (400, "application/problem+json")


def test_a_filter_in_the_query_shows_in_the_items(tmp_path: Path) -> None:
    statuses = {"type": "string", "enum": ["new", "sold", "gone"]}
    pet = {"type": "object", "required": ["status"], "properties": {"status": statuses}}
    parameter = {"name": "status", "in": "query", "schema": statuses}
    listed = {"200": content({"type": "array", "items": pet, "minItems": 3})}
    mock = mock_with(tmp_path, listed, more_parameters=[parameter])
    request = Request("GET", "/pets/1", (("status", "gone"),), {})
    assert json.loads(respond(mock, request).body) == [{"status": "gone"}] * 3


@pytest.mark.parametrize("code", ["404", "418", "503"])
def test_prefer_code_selects_a_documented_response(tmp_path: Path, code: str) -> None:
    responses = {"200": content(PET), "404": content(ERROR), "default": content(ERROR)}
    response = get(mock_with(tmp_path, responses), "/pets/too-long", prefer=f"code={code}")
    assert (response.status, response.header("Preference-Applied")) == (int(code), f"code={code}")


@pytest.mark.parametrize(
    ("media_type", "body"),
    [("application/json", b"{}"), ("text/plain", b""), ("application/octet-stream", b"")],
)
def test_a_body_without_a_schema_is_empty(tmp_path: Path, media_type: str, body: bytes) -> None:
    response = get(mock_with(tmp_path, {"200": {"description": "d", "content": {media_type: {}}}}))
    assert (response.status, response.body) == (200, body)


def test_accept_selects_the_media_type(tmp_path: Path) -> None:
    both = content(PET)
    both["content"]["text/plain"] = {"schema": {"type": "string"}, "example": "Rex"}
    mock = mock_with(tmp_path, {"200": both})
    assert get(mock, accept="text/plain").body == b"Rex"
    assert get(mock, accept="*/*").media_type == "application/json"


def test_documented_headers_are_sent_without_those_of_the_connection(tmp_path: Path) -> None:
    response = content(PET)
    text = {"schema": {"type": "string"}}
    response["headers"] = {
        "X-Rate-Limit": {"required": True, "schema": {"type": "integer", "minimum": 5}},
        "Content-Length": {**text, "example": "704"},
        "X-List": {"schema": {"type": "array", "items": {"enum": ["a"]}, "minItems": 2}},
    }
    sent = get(mock_with(tmp_path, {"200": response}))
    assert int(sent.header("X-Rate-Limit") or "") >= 5
    assert sent.header("X-List") == "a,a"
    assert sent.header("Content-Length") is None


@pytest.mark.parametrize("path", ["/v1/pets/1", "/pets/1"])
def test_the_paths_of_the_servers_and_the_bare_path_are_served(tmp_path: Path, path: str) -> None:
    assert get(mock_with(tmp_path, {"200": content(PET)}), path).status == 200


def test_an_unsatisfiable_schema_is_an_error_with_its_place(tmp_path: Path) -> None:
    schema = {"type": "string", "minLength": 5, "maxLength": 2}
    response = get(mock_with(tmp_path, {"200": content(schema)}))
    assert response.status == 500
    assert b"/paths/~1pets~1{petId}/get/responses/200" in response.body


def test_generated_dates_are_near_the_clock_of_the_session(tmp_path: Path) -> None:
    created = {"createdAt": {"type": "string", "format": "date-time"}}
    schema = {"type": "object", "required": ["createdAt"], "properties": created}
    mock = mock_with(tmp_path, {"200": content(schema)}, starts_at=timestamps.parse(START))
    assert json.loads(get(mock).body)["createdAt"][:4] in ("2049", "2050")
