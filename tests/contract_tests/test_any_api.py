"""What is expected of a server whose document states nothing beside OpenAPI and HTTP."""

from functools import cache
from pathlib import Path

import pytest

from contract_tests.cases.api_shape import creators_of, item_paths, listing_operations
from contract_tests.cases.identifiers import candidates, from_location, items_of_lists
from contract_tests.cases.known_ids import KnownIds
from contract_tests.config.options import Settings
from contract_tests.judging.any_api import AnyApiExpectations
from contract_tests.judging.implied import CONVERTED, CREDENTIALS, INVALID
from contract_tests.judging.protocol import in_words
from contract_tests.run.discovery import new_recorder, target_of
from contract_tests.run.run import load_judge
from contract_tests.target.credentials import missing_option
from mock_server.contract.exchange import Request
from tests.helpers.other_apis import document_of

KEY = {"x-api-key": "bookshop-key"}
JSON = {"content-type": "application/json"}
NEW_BOOK = b'{"title": "Dune", "author_id": 1, "price": 9.5}'


@cache
def expectations() -> AnyApiExpectations:
    settings = Settings(
        target="http://127.0.0.1:1/shop",
        header=("X-Other: 1",),
        token="bookshop-key",
        spec=Path(document_of("bookshop")),
    )
    recorder = new_recorder(load_judge(settings.spec), target_of(settings))
    assert isinstance(recorder.expectations, AnyApiExpectations)
    return recorder.expectations


@pytest.mark.parametrize(
    ("request_", "right", "wrong"),
    [
        (Request("GET", "/books"), (200, 404, 429), (201, 302, 401, 500)),
        (Request("GET", "/books/1"), (200, 404), (204, 409, 500)),
        (Request("POST", "/books", (), KEY | JSON, NEW_BOOK), (201, 400, 403), (200, 401, 409)),
        (Request("POST", "/books", (), JSON, NEW_BOOK), (400, 401, 403, 422), (201, 302, 500)),
        (Request("POST", "/books", (), KEY | JSON, b"{"), (400, 415, 422), (201, 500)),
        (Request("GET", "/books", (("page", "0"),)), (400, 422), (200, 500)),
        (Request("GET", "/books/a%2Fb"), (200, 302, 404), (500,)),
        (Request("PATCH", "/books"), (200, 404, 405, 501), (500,)),
        (Request("GET", "/nothing"), (200, 404), (500,)),
    ],
)
def test_a_correct_server_may_choose_its_errors(
    request_: Request, right: tuple[int, ...], wrong: tuple[int, ...]
) -> None:
    expected = expectations().of(request_)
    assert [status for status in right if not expected.allows(status)] == []
    assert [status for status in wrong if expected.allows(status)] == []


@pytest.mark.parametrize(
    ("request_", "requirement"),
    [
        (Request("POST", "/books", (), JSON, NEW_BOOK), CREDENTIALS),
        (Request("GET", "/books", (("genre", "western"),)), INVALID),
        (Request("GET", "/books", (("page", "one"),)), CONVERTED),
        (Request("GET", "/books"), ""),
    ],
)
def test_a_request_breaks_a_requirement(request_: Request, requirement: str) -> None:
    assert expectations().of(request_).requirement == requirement


def test_many_statuses_are_shown_as_ranges() -> None:
    assert in_words(frozenset({200, 204, *range(400, 500)})) == "200 or 204 or 400 to 499"


def test_the_items_of_an_api_come_after_their_parents() -> None:
    assert item_paths(load_judge(document_of("deployments")).spec) == [
        "/projects/{project_id}",
        "/deployments/{deployment_id}",
    ]


def test_an_item_is_listed_and_created_below_another_one() -> None:
    spec = load_judge(document_of("deployments")).spec
    item = "/deployments/{deployment_id}"
    below = "/projects/{project_id}/deployments"
    assert [operation.path for operation in listing_operations(spec, item)] == [below]
    assert [operation.path for operation in creators_of(spec, item)] == [below]


def test_a_property_with_the_name_of_the_parameter_is_the_first_candidate() -> None:
    items = [{"name": "a", "id": 1, "bookId": "x", "free": True}]
    assert candidates("/books/{bookId}", items) == ["bookId", "id", "name"]


def test_equal_values_are_no_ids() -> None:
    items = [{"kind": "book", "isbn": "1"}, {"kind": "book", "isbn": "2"}]
    assert candidates("/books/{bookId}", items) == ["isbn"]


@pytest.mark.parametrize(
    "body", [[{"id": 1}], {"items": [{"id": 1}]}, {"data": {"x": [{"id": 1}]}}]
)
def test_a_list_is_found_in_the_body(body: object) -> None:
    assert items_of_lists(body) == [{"id": 1}]


@pytest.mark.parametrize(
    "location", ["/shop/books/4", "/books/4", "http://other.example/shop/books/4?x=1"]
)
def test_a_location_contains_the_id(location: str) -> None:
    assert from_location(location, "/shop", "/books/{bookId}") == ("4",)


def test_given_values_are_combined_with_known_parents() -> None:
    ids = KnownIds(given={"b": ("x", "y")})
    ids.add("/a/{id}", ("1",), 1)
    assert ids.of("/a/{a}/b/{b}/c") == [("1", "x"), ("1", "y")]


def test_the_first_unknown_parameter_is_missing() -> None:
    ids = KnownIds()
    assert ids.missing("/a/{a}/b/{b}") == "a"
    ids.add("/a/{a}", ("1",), 1)
    assert ids.missing("/a/{a}/b/{b}") == "b"
    assert ids.missing("/a") == ""


@pytest.mark.parametrize(
    ("name", "options", "missing"),
    [
        ("bookshop", {}, "--header 'X-Api-Key: KEY'"),
        ("bookshop", {"header": ("x-api-key: k",)}, ""),
        ("bookshop", {"token": "k"}, ""),
        ("parcels", {}, "--token"),
        ("parcels", {"token": "t"}, ""),
    ],
)
def test_the_missing_option_of_a_scheme_is_named(
    name: str, options: dict[str, object], missing: str
) -> None:
    target = target_of(Settings(target="http://127.0.0.1:1", **options))  # type: ignore[arg-type]
    operations = load_judge(document_of(name)).spec.operations.values()
    secured = next(operation for operation in operations if operation.needs_token)
    assert missing_option(secured, target) == missing
