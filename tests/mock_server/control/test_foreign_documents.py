"""The control API, faults, journal and CORS work on any document."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mock_server.app.handle import respond
from mock_server.app.mock import Mock, mock_of, reloaded
from mock_server.app.sources import load_sources
from mock_server.client import ControlError
from mock_server.commands.reload import reloader_of
from mock_server.contract.exchange import Request
from mock_server.live import LiveMock, live
from tests.helpers.requests import Reply, call
from tests.mock_server.helpers.foreign import library

KEY = {"X-Api-Key": "any"}
BOOK = "/books/978-7"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveMock]:
    with live(*load_sources(library(tmp_path_factory.mktemp("library")))) as mock:
        yield mock


@pytest.fixture
def mock(served: LiveMock) -> LiveMock:
    """A new session of a mock of the library."""
    return served.session()


def get(mock: LiveMock, path: str = BOOK) -> Reply:
    return call(mock.url, "GET", path, headers=KEY)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "show", {"package_release_id": "x", "fixture": "y"}),
        ("POST", "play", {"anything": 1}),
        ("POST", "next", {"scenario": "y"}),
        ("GET", "timeline", None),
    ],
)
def test_a_call_on_resources_says_that_the_document_has_none(
    mock: LiveMock, method: str, path: str, body: Any
) -> None:
    with pytest.raises(ControlError, match="the document describes no resource"):
        mock.request(method, path, body)


def test_fixtures_and_scenarios_are_empty_and_the_mock_is_healthy(mock: LiveMock) -> None:
    assert mock.request("GET", "fixtures") == {"fixtures": []}
    assert mock.request("GET", "scenarios") == {"scenarios": []}
    health = mock.request("GET", "health")
    assert (health["ok"], health["versions"]["contract"]) == (True, "2.3")


def test_the_clock_of_a_session_moves_generated_dates(mock: LiveMock) -> None:
    mock.clock.freeze()
    mock.clock.set("2050-06-01T00:00:00Z")
    loan = call(mock.url, "POST", f"{BOOK}/loans", headers=KEY).json
    assert loan["due"][:3] == "205"
    mock.reset()
    assert mock.clock.now < "2049"


@pytest.mark.parametrize(
    ("kind", "fields", "status"),
    [
        ("status", {"status": 503}, 503),
        ("status", {"status": 404}, 404),
        ("delay", {"seconds": 0.05}, 200),
        ("slow-body", {"bytes_per_second": 5000}, 200),
        ("truncate", {}, 200),
        ("content-type", {}, 200),
        ("violate", {"property": "title", "how": "missing"}, 200),
        ("violate", {"property": "/isbn", "how": "type"}, 200),
    ],
)
def test_a_fault_applies_to_any_operation(
    mock: LiveMock, kind: str, fields: Any, status: int
) -> None:
    fault = mock.faults.add(kind, operation="getBook", **fields)
    reply = get(mock)
    assert reply.status == status
    assert reply.headers["X-Mock-Fault"] == fault["name"]
    assert "X-Mock-Fault" not in get(mock, "/books").headers
    mock.faults.clear()
    assert get(mock).json["isbn"] == "978-7"


def test_a_status_fault_sends_the_documented_error(mock: LiveMock) -> None:
    mock.faults.add("status", status=404, operation="getBook")
    assert get(mock).json == {"code": 17, "message": "Not possible"}


def test_a_violation_breaks_the_property_in_each_item_of_a_list(mock: LiveMock) -> None:
    mock.faults.add("violate", property="title", how="missing", operation="listBooks")
    assert get(mock, "/books").json == [{"isbn": "978-1"}, {"isbn": "978-2"}]


def test_a_violation_of_an_unknown_property_is_refused_with_the_nearest(mock: LiveMock) -> None:
    with pytest.raises(ControlError, match="did you mean title"):
        mock.faults.add("violate", property="titel", how="type", operation="getBook")


def test_a_dropped_response_ends_the_connection(mock: LiveMock) -> None:
    mock.faults.add("drop", first=1)
    with pytest.raises(http.client.RemoteDisconnected):
        get(mock)
    assert get(mock).status == 200


def test_the_journal_records_exchanges_by_operation_and_near_misses(mock: LiveMock) -> None:
    get(mock)
    get(mock, "/boks/978-7")
    first, second = mock.request("GET", "journal")["exchanges"]
    assert (first["operation"], first["response"]["status"]) == ("getBook", 200)
    assert second["operation"] is None
    assert second["near_miss"]["nearest"] == "/v1/books/978-7"
    archive = mock.request("GET", "journal?format=har&operation=getBook")
    assert [each["response"]["status"] for each in archive["log"]["entries"]] == [200]


def test_a_session_has_its_own_journal_and_faults(served: LiveMock) -> None:
    one, other = served.session(), served.session()
    one.faults.add("status", status=503)
    assert (get(one).status, get(other).status) == (503, 200)
    assert len(other.request("GET", "journal")["exchanges"]) == 1


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_a_preflight_allows_the_method_and_headers_of_the_document(
    mock: LiveMock, method: str
) -> None:
    headers = {
        "Origin": "https://page.example",
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "x-api-key, x-reason, content-type",
    }
    reply = call(mock.url, "OPTIONS", BOOK, headers=headers)
    assert reply.status == 204
    assert reply.headers["Access-Control-Allow-Origin"] == "https://page.example"
    assert method in reply.headers["Access-Control-Allow-Methods"].split(", ")
    allowed = reply.headers["Access-Control-Allow-Headers"].split(", ")
    assert {"x-api-key", "x-reason", "content-type"} <= set(allowed)
    assert reply.headers["Allow"] == "GET, PUT, DELETE, HEAD, OPTIONS"


def test_a_page_of_another_origin_can_read_the_documented_headers(tmp_path: Path) -> None:
    header = {"X-Rate-Limit": {"schema": {"type": "integer"}}}
    operation = {"responses": {"200": {"description": "d", "headers": header}}}
    with live(*load_sources(library(tmp_path, paths={"/n": {"get": operation}}))) as mock:
        reply = call(mock.url, "GET", "/n", headers={"Origin": "https://page.example", **KEY})
    assert reply.headers["X-Rate-Limit"].lstrip("-").isdigit()
    assert "x-rate-limit" in reply.headers["Access-Control-Expose-Headers"].split(", ")


def test_head_and_options_follow_the_document(mock: LiveMock) -> None:
    body, head = get(mock), call(mock.url, "HEAD", BOOK, headers=KEY)
    assert (head.status, head.content) == (200, b"")
    assert head.headers["Content-Length"] == str(len(body.content))
    assert call(mock.url, "OPTIONS", "/books").headers["Allow"] == "GET, POST, HEAD, OPTIONS"
    refused = call(mock.url, "PATCH", "/books")
    assert (refused.status, refused.headers["Allow"]) == (405, "GET, POST, HEAD, OPTIONS")


def test_an_edited_document_is_served_and_a_broken_one_is_not(tmp_path: Path) -> None:
    path = library(tmp_path)

    def build(earlier: Mock | None) -> Mock:
        sources = load_sources(path)
        return reloaded(earlier, *sources) if earlier else mock_of(*sources)

    reloader, stop = reloader_of(build), threading.Event()
    watcher = threading.Thread(target=reloader.watch, args=[stop])
    watcher.start()
    try:
        operation = {
            "operationId": "new",
            "security": [],
            "responses": {"200": {"description": ""}},
        }
        deadline = time.monotonic() + 20
        library(tmp_path, paths={"/new": {"get": operation}})
        while respond(reloader.mock, Request("GET", "/new")).status != 200:
            time.sleep(0.02)
            assert time.monotonic() < deadline
    finally:
        stop.set()
        watcher.join()
    path.write_text("openapi: [", "utf-8")
    assert not reloader.reload()
    assert respond(reloader.mock, Request("GET", "/new")).status == 200
    health = respond(reloader.mock, Request("GET", "/_mock/health", (), {"host": "localhost"}))
    assert json.loads(health.body)["ok"] is False
