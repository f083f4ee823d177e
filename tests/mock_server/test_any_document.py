"""`live`, the WSGI application and the Python client serve any document."""

from __future__ import annotations

from pathlib import Path

from werkzeug.test import Client

from mock_server.app.wsgi import create_app
from mock_server.client import connect
from mock_server.live import live, load_sources
from tests.helpers.requests import call
from tests.mock_server.helpers.foreign import large_document, library

KEY = {"X-Api-Key": "any"}


def test_a_live_mock_serves_the_document_in_each_session(tmp_path: Path) -> None:
    with live(*load_sources(library(tmp_path))) as mock:
        mine = mock.session()
        mine.faults.add("status", status=503)
        assert call(mine.url, "GET", "/books").status == 503
        assert call(mock.url, "GET", "/books").json[0]["title"] == "Emma"
        mine.journal.assert_not_requested("addBook")
        assert mock.restart("any") is None


def test_the_client_controls_a_mock_of_the_document(tmp_path: Path) -> None:
    path = library(tmp_path)
    with live(*load_sources(path)) as mock:
        client = connect(mock.address, spec=path).session()
        assert client.url.endswith("/v1")
        client.clock.freeze()
        client.clock.set("2050-01-01T00:00:00Z")
        loan = call(client.url, "POST", "/books/978-7/loans", headers=KEY).json
        assert loan["due"] > "2049"


def test_the_wsgi_application_serves_the_document(tmp_path: Path) -> None:
    client = Client(create_app(library(tmp_path)))
    assert [book["isbn"] for book in client.get("/v1/books").get_json()] == ["978-1", "978-2"]
    assert client.get("/books/978-7", headers=KEY).get_json()["isbn"] == "978-7"
    assert client.get("/v1/books/978-7").status_code == 401
    page = client.get("/_mock/", headers={"Accept": "text/html"})
    assert "6 operations" in page.get_data(as_text=True)


def test_a_session_of_a_large_document_is_served_and_recorded(tmp_path: Path) -> None:
    with live(*load_sources(large_document(tmp_path))) as mock:
        mine = mock.session()
        assert call(mine.url, "GET", "/area39/items999/7").status == 200
        assert call(mine.url, "GET", "/area39/items999x/7").status == 404
        first, second = mine.request("GET", "journal")["exchanges"]
        assert first["operation"] == "get999"
        assert second["near_miss"]["nearest"] == "/area39/items999/7"
        assert mock.request("GET", "journal")["exchanges"] == []
