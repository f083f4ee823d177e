"""Path templates: which one a path matches, and how a path is made from one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract_tests.target.paths import (
    collection_path,
    fill,
    item_path,
    match,
    names_of_id,
    positions,
)

TEMPLATES = ("/books", "/books/{bookId}", "/books/new", "/books/{bookId}/cover.{type}", "/a b/{id}")


@pytest.mark.parametrize(
    ("path", "matched"),
    [
        ("/books", ("/books", {})),
        ("/books/42", ("/books/{bookId}", {"bookId": "42"})),
        ("/books/new", ("/books/new", {})),
        ("/books/a%2Fb", ("/books/{bookId}", {"bookId": "a/b"})),
        ("/books/42/cover.png", ("/books/{bookId}/cover.{type}", {"bookId": "42", "type": "png"})),
        ("/a%20b/1", ("/a b/{id}", {"id": "1"})),
        ("/books/", None),
        ("/books/42/reviews", None),
    ],
)
def test_a_path_matches_the_template_with_the_fewest_parameters(
    path: str, matched: tuple[str, dict[str, str]] | None
) -> None:
    assert match(TEMPLATES, path) == matched


@given(st.text(min_size=1).filter(lambda text: text.isprintable()))
def test_a_filled_template_matches_with_the_same_value(value: str) -> None:
    path = fill("/books/{bookId}", {"bookId": value})
    assert match(["/books/{bookId}"], path) == ("/books/{bookId}", {"bookId": value})


@pytest.mark.parametrize(
    ("template", "item", "collection"),
    [
        ("/books/{bookId}", "/books/{bookId}", "/books"),
        ("/books/{bookId}/reviews", "/books/{bookId}", "/books"),
        ("/a/{x}/b/{y}/label.txt", "/a/{x}/b/{y}", "/a/{x}/b"),
        ("/files/{name}.json", "/files/{name}", "/files"),
        ("/health", "", ""),
    ],
)
def test_an_item_ends_with_the_last_parameter(template: str, item: str, collection: str) -> None:
    assert (item_path(template), collection_path(template)) == (item, collection)


def test_two_templates_with_other_names_of_parameters_have_equal_positions() -> None:
    assert positions("/books/{id}") == positions("/books/{bookId}")


@pytest.mark.parametrize(
    ("item", "name"),
    [("/books/{id}", "bookid"), ("/categories/{slug}", "categoryid"), ("/x/{ownerId}", "ownerid")],
)
def test_other_requests_may_name_an_id_after_its_collection(item: str, name: str) -> None:
    assert name in names_of_id(item)
    assert "id" not in names_of_id(item)
