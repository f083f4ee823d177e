"""The mock hands out its document as one file, with its own address."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from mock_server.contract.document.loading import load
from mock_server.live import live, load_sources
from tests.helpers.requests import call
from tests.mock_server.helpers.browsing import browse, get_page
from tests.mock_server.helpers.small_documents import document, parameter

PATHS = ("/openapi.yaml", "/openapi.json", "/_mock/openapi.yaml", "/_mock/openapi.json")
OK: dict[str, Any] = {"description": "OK", "content": {"application/json": {"example": 7}}}


def fetched(address: str, path: str = "/openapi.json") -> dict[str, Any]:
    """Return the document at a path."""
    reply = call(address, "GET", path)
    assert reply.status == 200
    assert reply.headers["Content-Type"] == f"application/{path.rpartition('.')[2]}"
    data: dict[str, Any] = yaml.load(reply.content, Loader=yaml.BaseLoader)  # noqa: S506 - texts only
    return data


@pytest.mark.parametrize("session", ["", "/_s/mine"])
@pytest.mark.parametrize("path", PATHS)
def test_the_servers_are_the_address_of_the_mock_and_of_the_session(
    address: str, path: str, session: str
) -> None:
    data = fetched(address, session + path)
    assert [server["url"] for server in data["servers"]] == [
        f"{address}{session}/api",
        f"{address}{session}",
    ]


def test_both_formats_have_the_same_content(address: str) -> None:
    assert fetched(address) == fetched(address, "/openapi.yaml")


def test_the_download_can_be_served_again(address: str, tmp_path: Path) -> None:
    path = tmp_path / "openapi.yaml"
    path.write_bytes(call(address, "GET", "/openapi.yaml").content)
    again, original = load(path), load_sources()[0].spec
    assert list(again.operations) == list(original.operations)
    assert list(again.types) == list(original.types)


def test_the_files_of_a_document_become_one(tmp_path: Path) -> None:
    pet = {
        "type": "object",
        "required": ["name"],
        "properties": {
            "name": {"type": "string"},
            "parent": {"$ref": "pet.yaml"},
            "tag": {"$ref": "parts/common.yaml#/tag"},
        },
    }
    common = {"tag": {"type": "string"}, "limit": parameter("limit", {"type": "integer"})}
    (tmp_path / "parts").mkdir()
    (tmp_path / "pet.yaml").write_text(yaml.safe_dump(pet))
    (tmp_path / "parts" / "common.yaml").write_text(yaml.safe_dump(common))
    content = {"application/json": {"schema": {"$ref": "pet.yaml"}}}
    operation = {
        "operationId": "getPet",
        "parameters": [{"$ref": "parts/common.yaml#/limit"}],
        "responses": {"200": {"description": "A pet", "content": content}},
    }
    (tmp_path / "openapi.yaml").write_text(yaml.safe_dump(document({"/pet": {"get": operation}})))
    with live(*load_sources(tmp_path / "openapi.yaml")) as mock:
        text = call(mock.address, "GET", "/openapi.json").content.decode()
    data = json.loads(text)
    assert "x-files" not in text
    assert list(data["components"]["schemas"]) == ["pet", "tag"]
    assert data["components"]["schemas"]["pet"]["properties"] == {
        "name": {"type": "string"},
        "parent": {"$ref": "#/components/schemas/pet"},
        "tag": {"$ref": "#/components/schemas/tag"},
    }
    assert data["components"]["parameters"]["limit"]["name"] == "limit"
    alone = tmp_path / "alone"
    alone.mkdir()
    (alone / "openapi.json").write_text(text)
    assert load(alone / "openapi.json").operations["getPet"].parameters[0].name == "limit"


def test_an_overlay_is_applied(tmp_path: Path) -> None:
    overlay = {
        "overlay": "1.0.0",
        "info": {"title": "More", "version": "1"},
        "actions": [{"target": "$.info", "update": {"title": "Changed"}}],
    }
    (tmp_path / "overlay.yaml").write_text(yaml.safe_dump(overlay))
    path = tmp_path / "openapi.yaml"
    path.write_text(yaml.safe_dump(document({"/x": {"get": {"responses": {"200": OK}}}})))
    with live(*load_sources(path, overlays=[tmp_path / "overlay.yaml"])) as mock:
        assert fetched(mock.address)["info"]["title"] == "Changed"


def test_the_servers_of_one_operation_are_those_of_the_mock_too(tmp_path: Path) -> None:
    servers = [{"url": "https://elsewhere.example/other/{v}", "variables": {"v": {"default": "2"}}}]
    paths_ = {
        "/x": {"servers": servers, "get": {"responses": {"200": OK}}},
        "/y": {"get": {"responses": {"200": OK}}},
    }
    (tmp_path / "openapi.json").write_text(json.dumps(document(paths_)))
    with live(*load_sources(tmp_path / "openapi.json")) as mock:
        data = fetched(mock.address)
        (server,) = data["paths"]["/x"]["get"]["servers"]
        assert call(server["url"], "GET", "/x").status == 200
        assert server["url"] == f"{mock.address}/other/2"
    assert "servers" not in data["paths"]["/x"]
    assert "servers" not in data["paths"]["/y"]["get"]


@pytest.mark.parametrize("path", ["/openapi.json", "/{name}"])
def test_an_operation_of_the_document_at_this_path_has_priority(tmp_path: Path, path: str) -> None:
    parameters = [{"name": "name", "in": "path", "required": True, "schema": {}}]
    shared = {"parameters": parameters} if "{" in path else {}
    paths_ = {path: {**shared, "get": {"responses": {"200": OK}}}}
    (tmp_path / "openapi.json").write_text(json.dumps(document(paths_)))
    with live(*load_sources(tmp_path / "openapi.json")) as mock:
        assert call(mock.address, "GET", "/openapi.json").content == b"7"
        links = downloads(mock.address)
        assert links["openapi.json"] == "/_mock/openapi.json"
        for href in links.values():
            assert fetched(mock.address, href)["openapi"] == "3.1.0"


def downloads(address: str) -> dict[str, str]:
    """Return the links of the API reference to the document."""
    links = get_page(address, "contract").all("a")
    return {a.words: a.attributes["href"] for a in links if "download" in a.attributes}


def test_the_api_reference_links_to_the_document(address: str) -> None:
    links = downloads(address)
    assert links == {"openapi.yaml": "/openapi.yaml", "openapi.json": "/openapi.json"}
    assert {browse(address, href).status for href in links.values()} == {200}


@pytest.mark.parametrize("path", PATHS)
def test_a_page_of_another_origin_cannot_read_the_document(address: str, path: str) -> None:
    reply = call(address, "GET", path, headers={"origin": "http://evil.example"})
    assert reply.status == 403
    assert "Access-Control-Allow-Origin" not in reply.headers
    assert call(address, "GET", path, headers={"host": "evil.example"}).status == 403
