"""A request is resolved by the headers, keys and credentials that its document describes."""

import json
from pathlib import Path
from typing import Any

import pytest

from mock_server.app.handle import respond
from mock_server.app.mock import Mock, mock_of
from mock_server.app.sources import load_sources
from mock_server.contract.exchange import Request, Response
from tests.mock_server.helpers.small_documents import document, operation, parameter

SCHEMES = {
    "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
    "basic": {"type": "http", "scheme": "basic"},
}
INTEGER = {"type": "integer"}
PATHS = {
    "/items/{id}": {
        "get": operation(parameter("id", INTEGER, "path"), parameter("X-Page", INTEGER, "header"))
    },
    "/keys": {"get": operation(security=[{"key": []}])},
    "/basic": {"get": operation(security=[{"basic": []}])},
}


@pytest.fixture
def mock(tmp_path: Path) -> Mock:
    path = tmp_path / "openapi.json"
    path.write_text(json.dumps(document(PATHS, securitySchemes=SCHEMES)), "utf-8")
    return mock_of(*load_sources(path))


def get(mock: Mock, path: str, **headers: str) -> Response:
    sent: dict[str, Any] = {name.replace("_", "-"): text for name, text in headers.items()}
    return respond(mock, Request("GET", path, (), sent))


def test_requests_that_differ_in_a_header_parameter_are_resolved_separately(mock: Mock) -> None:
    for _ in range(2):
        assert get(mock, "/items/1").status == 200
        assert get(mock, "/items/1", x_page="2").status == 200
        assert get(mock, "/items/1", x_page="x").status == 400
        assert get(mock, "/items/x").status == 400


def test_requests_that_differ_in_an_api_key_are_resolved_separately(mock: Mock) -> None:
    for _ in range(2):
        refused = get(mock, "/keys")
        assert (refused.status, refused.header("WWW-Authenticate")) == (401, None)
        assert get(mock, "/keys", x_key="any").status == 200


def test_a_401_names_the_scheme_of_the_operation(mock: Mock) -> None:
    refused = get(mock, "/basic", authorization="Bearer token")
    assert refused.status == 401
    assert refused.header("WWW-Authenticate") == 'Basic realm="mock"'
    assert get(mock, "/basic", authorization="Basic YTpi").status == 200


def test_a_resolution_depends_on_no_other_headers(mock: Mock) -> None:
    assert {"x-page", "x-key", "authorization"} < set(mock.resolver.headers)
    get(mock, "/items/1", x_unknown="1")
    request = Request("GET", "/items/1", (), {"x-unknown": "2"})
    assert mock.resolver.cached(request) is not None
