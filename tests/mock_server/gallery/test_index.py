"""The paths that lead to the gallery: ``/``, ``/_mock``, those of the servers, and the icon."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mock_server.contract.judge import Judge
from mock_server.gallery.index import DOCUMENTS, paths
from mock_server.live import live, load_sources
from tests.helpers.requests import call
from tests.mock_server.helpers.browsing import browse, get_page
from tests.mock_server.helpers.small_documents import document

LEADING = ("/", "/_mock", "/_mock/", "/api", "/api/")


@pytest.mark.parametrize("path", LEADING)
@pytest.mark.parametrize("session", ["", "/_s/mine"])
def test_a_browser_gets_the_gallery(address: str, path: str, session: str) -> None:
    reply = browse(address, session + path)
    if reply.status == 303:
        assert reply.headers["Location"] == f"{session}/_mock/"
        reply = browse(address, reply.headers["Location"])
    assert reply.status == 200
    assert "27 states" in reply.content.decode()


@pytest.mark.parametrize("path", LEADING)
def test_any_other_client_gets_text_with_the_addresses(address: str, path: str) -> None:
    for accept in ("*/*", "application/json", "text/plain"):
        reply = call(address, "GET", path, headers={"accept": accept})
        assert (reply.status, reply.headers["Content-Type"]) == (200, "text/plain; charset=utf-8")
        lines = reply.content.decode().splitlines()
        assert lines[1] == f"Gallery    {address}/ (open it in a browser)"
        assert f"API        {address}/api (and on {address}/)" in lines
        assert any(line.startswith("  POST /package_releases/get ") for line in lines)
        assert any(line.startswith("fixtures   between-processes, ") for line in lines)
    assert call(address, "HEAD", path).content == b""


def test_the_text_of_a_session_has_its_addresses(address: str) -> None:
    lines = call(address, "GET", "/_s/mine/").content.decode().splitlines()
    assert f"API        {address}/_s/mine/api (and on {address}/_s/mine/)" in lines


def test_the_icon_is_at_the_path_where_browsers_look_for_it(address: str) -> None:
    reply = browse(address, "/favicon.ico")
    assert (reply.status, reply.headers["Content-Type"]) == (200, "image/svg+xml")


def test_other_methods_are_not_found(address: str) -> None:
    assert {call(address, "POST", path, {}).status for path in ("/", "/api")} == {404}


def test_an_invalid_session_is_an_error(address: str) -> None:
    assert call(address, "GET", "/_s/not%20one/").status == 400


def test_an_operation_of_the_document_has_priority(tmp_path: Path) -> None:
    ok = {"200": {"description": "OK", "content": {"application/json": {"example": 7}}}}
    paths_ = {"/": {"get": {"responses": ok}}, "/favicon.ico": {"get": {"responses": ok}}}
    (tmp_path / "openapi.json").write_text(json.dumps(document(paths_)))
    with live(*load_sources(tmp_path / "openapi.json")) as mock:
        assert browse(mock.address, "/").json == 7
        assert browse(mock.address, "/favicon.ico").json == 7
        assert "2 operations" in get_page(mock.address).words


def test_the_paths_are_those_of_the_servers(judge: Judge) -> None:
    assert paths(judge.spec) - set(DOCUMENTS) == {"/", "/favicon.ico", "/api", "/api/"}
