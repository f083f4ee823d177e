"""The text that `serve` prints for any document: what it serves, from what, and what to do next."""

from __future__ import annotations

import itertools
import shlex
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from mock_server.app.handle import respond
from mock_server.app.mock import Mock, mock_of
from mock_server.app.sources import load_sources
from mock_server.commands.banner import MAX_NOTES, ready_text
from mock_server.contract.exchange import Request
from mock_server.contract.violations import ContractError
from mock_server.gallery.index import MAX_OPERATIONS
from tests.mock_server.helpers.foreign import large_document, library

ADDRESS = "http://127.0.0.1:3100"


def mock_of_document(path: Path) -> Mock:
    return mock_of(*load_sources(path))


def text_of(path: Path) -> str:
    return ready_text(mock_of_document(path), ADDRESS)


def test_it_lists_the_operations_and_what_responses_are_made_from(tmp_path: Path) -> None:
    text = text_of(library(tmp_path))
    assert text.startswith(
        f"Gallery    {ADDRESS}/ (open it in a browser)\n"
        f"Ready on {ADDRESS}/v1 (and on {ADDRESS}/)\nLibrary 2.3, from "
    )
    assert "operations 6" in text
    assert "  GET    /books                List books" in text
    assert "1 from examples, 4 generated from schemas, 1 without a body" in text


def test_it_lists_the_fixtures_and_tokens_and_a_command_that_finds_a_resource() -> None:
    examples = Path(__file__).parents[3] / "examples"
    for name, lines in {
        "orders": ("fixtures   cancelled-paid, ", "tokens     ada-token, grace-token"),
        "deployments": ("scenarios  fails, never-built, succeeds", "tokens     aurora-key, "),
    }.items():
        mock = mock_of_document(examples / name / "openapi.yaml")
        text = ready_text(mock, ADDRESS)
        assert all(line in text for line in lines), text
        _, _, url, *options = shlex.split(text.splitlines()[-1])
        pairs = (text.split(": ") for option, text in itertools.pairwise(options) if option == "-H")
        assert respond(mock, Request("GET", urlsplit(url).path, (), dict(pairs))).status == 200


def test_it_names_the_credentials_that_the_mock_accepts(tmp_path: Path) -> None:
    assert (
        "accepts    any API key in the header X-Api-Key, 1 operation without credentials\n"
        in text_of(library(tmp_path))
    )
    assert "accepts    all requests" in text_of(library(tmp_path, security=[]))


def test_the_command_and_the_preference_that_it_shows_work(tmp_path: Path) -> None:
    mock = mock_of_document(library(tmp_path))
    lines = ready_text(mock, ADDRESS).splitlines()
    start = lines.index("try")
    _, url, *_ = shlex.split(lines[start + 1])
    (prefer,) = [word for word in shlex.split(lines[start + 2]) if word.startswith("Prefer: ")]
    path = urlsplit(url).path
    assert respond(mock, Request("GET", path)).status == 200
    code = prefer.removeprefix("Prefer: ")
    preferred = respond(mock, Request("GET", path, (), {"prefer": code}))
    assert code == f"code={preferred.status}"


@pytest.mark.parametrize("template", ["http://p.example/{Book.isbn}", "http://p.example/{x"])
def test_a_page_url_needs_resources(tmp_path: Path, template: str) -> None:
    with pytest.raises(ContractError) as caught:
        mock_of(*load_sources(library(tmp_path)), page_urls=[template])
    assert {violation.rule for violation in caught.value.violations} == {"--page-url"}


def test_it_says_what_to_do_next(tmp_path: Path) -> None:
    path = library(tmp_path)
    text = text_of(path)
    assert f"mock-server init --spec {path}" in text
    assert f"{ADDRESS}/ (open it" in text


def test_it_shows_the_first_notes_on_the_document_with_their_locations(tmp_path: Path) -> None:
    """A note is shown once for each kind of mistake: the document has seven kinds."""
    wrong = {"deprecated": 7, "tags": 7, "summary": 7, "callbacks": {"c": {}}}
    operation = {"operationId": "n", "responses": {"200": {"description": "d"}}, **wrong}
    paths = {"/n": {"get": operation, "put": {}}}
    path = library(tmp_path, paths=paths, webhooks={"w": {"post": operation}})
    mock = mock_of_document(path)
    count = len(mock.spec.document.notes)
    assert count > MAX_NOTES
    text = ready_text(mock, ADDRESS)
    located = [line for line in text.splitlines() if line.startswith(f"  {path}:")]
    assert len(located) == MAX_NOTES
    assert f"… and {count - MAX_NOTES} more: mock-server check --spec {path}" in text


def test_it_has_no_notes_on_a_document_without_mistakes(tmp_path: Path) -> None:
    assert "\nnotes " not in text_of(library(tmp_path))


def test_1000_operations_are_not_printed_and_not_generated(tmp_path: Path) -> None:
    mock = mock_of_document(large_document(tmp_path))
    started_at = time.monotonic()
    text = ready_text(mock, ADDRESS)
    assert time.monotonic() - started_at < 2
    assert text.count("\n") < MAX_OPERATIONS + 20
    assert f"… and {1000 - MAX_OPERATIONS} more: {ADDRESS}/_mock/operations" in text
