"""The gallery shows the operations of any document, with the bodies that the mock sends."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mock_server.live import live, load_sources
from tests.helpers.requests import call
from tests.mock_server.helpers.browsing import browse, get_page
from tests.mock_server.helpers.foreign import large_document, library
from tests.mock_server.helpers.markup import Element, active_content, parsed

KEY = {"X-Api-Key": "any"}
OPERATIONS = ("listBooks", "addBook", "getBook", "removeBook", "replaceCover", "borrowBook")


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a mock of the library."""
    with live(*load_sources(library(tmp_path_factory.mktemp("library")))) as mock:
        yield mock.address


def bodies(page: Element) -> list[str]:
    return [each.text.strip() for each in page.all("pre", class_="json")]


@pytest.mark.parametrize("path", ["", "contract", *(f"operations/{name}" for name in OPERATIONS)])
def test_a_page_is_well_formed_and_runs_no_text_of_the_document(address: str, path: str) -> None:
    page = get_page(address, path)
    assert active_content(page) == []
    assert len(page.all("h1")) == len(page.all("main")) == 1


def test_the_list_groups_operations_by_tag_with_the_body_that_each_returns(address: str) -> None:
    page = get_page(address)
    titles = [section.one("h2").words for section in page.all("section", class_="tag")]
    assert titles == ["books", "loans", "Other"]
    cards = page.all("article", class_="operation-card")
    assert len(cards) == len(OPERATIONS)
    assert json.loads(cards[0].all("pre")[0].text)[0]["title"] == "Emma"


def test_the_navigation_leads_only_to_pages_that_the_document_has(address: str) -> None:
    links = get_page(address).one("header", class_="top").one("nav").all("a")
    assert [link.words for link in links] == ["Operations", "API reference"]
    for link in links:
        assert browse(address, link.attributes["href"]).status == 200


@pytest.mark.parametrize("path", ["console", "map", "states/x", "states/x.json", "map/x.yaml"])
def test_a_page_about_states_says_that_the_document_has_none(address: str, path: str) -> None:
    words = get_page(address, path, 404).one("main").words
    assert "No states in this document" in words


def test_an_unknown_operation_is_404_with_the_nearest_name(address: str) -> None:
    words = get_page(address, "operations/listBoks", 404).one("main").words
    assert "Did you mean listBooks?" in words


def test_a_page_shows_each_response_and_example_of_its_operation(address: str) -> None:
    page = get_page(address, "operations/listBooks")
    sections = page.all("section", class_="response")
    assert [section.one("h2").words.split()[0] for section in sections] == ["200", "default"]
    assert [json.loads(text) for text in bodies(page)] == [
        [{"isbn": "978-1", "title": "Emma"}, {"isbn": "978-2", "title": "Dune"}],
        [],
        {"code": 17, "message": "Not possible"},
    ]
    assert "An empty shelf" in page.text


@pytest.mark.parametrize("name", OPERATIONS)
def test_the_request_of_each_button_gets_the_body_that_the_page_shows(
    address: str, name: str
) -> None:
    page = get_page(address, f"operations/{name}")
    for section in page.all("section", class_="response"):
        for form, shown in zip(
            section.all("form"), section.all("pre", class_="json"), strict=False
        ):
            request: dict[str, Any] = json.loads(form.attributes["data-request"])
            body = None if request["body"] is None else request["body"].encode()
            reply = call(address, request["method"], request["path"], body, request["headers"])
            assert str(reply.status)[0] == section.one("h2").words[0].replace("d", "5")
            sent = reply.content.decode()
            if "json" in reply.headers["Content-Type"]:
                assert json.loads(sent) == json.loads(shown.text)
            else:
                assert sent == shown.text.strip()


def test_an_example_that_its_schema_rejects_is_marked_with_the_reason(tmp_path: Path) -> None:
    content = {
        "schema": {"type": "object", "required": ["n"], "properties": {"n": {"type": "integer"}}},
        "examples": {"wrong": {"value": {"n": "text"}}},
    }
    responses = {"200": {"description": "d", "content": {"application/json": content}}}
    path = library(tmp_path, paths={"/n": {"get": {"operationId": "n", "responses": responses}}})
    with live(*load_sources(path)) as mock:
        page = get_page(mock.address, "operations/n")
    assert "repaired" in page.text
    assert "must be" in page.one("ul", class_="violations").words
    (shown,) = bodies(page)
    assert isinstance(json.loads(shown)["n"], int)


def test_an_operation_whose_id_contains_a_slash_has_a_page(tmp_path: Path) -> None:
    operation = {"operationId": "books/list", "responses": {"200": {"description": "d"}}}
    with live(*load_sources(library(tmp_path, paths={"/b": {"get": operation}}))) as mock:
        (link,) = [a for a in get_page(mock.address).all("a") if a.words == "/b"]
        assert browse(mock.address, link.attributes["href"]).status == 200


def test_the_text_at_the_root_lists_the_operations(address: str) -> None:
    lines = call(address, "GET", "/").content.decode().splitlines()
    assert "operations 6" in lines
    assert "  GET    /books                List books" in lines


def test_the_pages_of_a_session_stay_in_the_session(address: str) -> None:
    page = parsed(browse(address, "/_s/mine/_mock/operations/listBooks").content.decode())
    request = json.loads(page.all("form", class_="try")[0].attributes["data-request"])
    assert request["path"] == "/_s/mine/v1/books"


def test_a_document_of_1000_operations_has_small_pages_at_once(tmp_path: Path) -> None:
    with live(*load_sources(large_document(tmp_path))) as mock:
        started_at = time.monotonic()
        for path in ("", "contract", "operations/get999"):
            assert len(browse(mock.address, f"/_mock/{path}").content) < 500_000
        assert len(call(mock.address, "GET", "/").content) < 50_000
        assert time.monotonic() - started_at < 10
