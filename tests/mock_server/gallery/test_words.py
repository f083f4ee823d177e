"""The words of the pages, which come from names in the document."""

import pytest

from mock_server.app.sources import load_sources
from mock_server.gallery.preview import as_title, plural
from mock_server.gallery.sample_calls import actions_of, word_of
from tests.mock_server.helpers.copies import ROOT


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("package release", "package releases"),
        ("category", "categories"),
        ("survey", "surveys"),
        ("address", "addresses"),
        ("batch", "batches"),
    ],
)
def test_the_plural_of_a_label(label: str, expected: str) -> None:
    assert plural(label) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("circuit_json_build", "Circuit json build"),
        ("typeCheck", "Type check"),
        ("started_at", "Started at"),
        ("", ""),
    ],
)
def test_a_title_separates_the_words_of_a_name(name: str, expected: str) -> None:
    assert as_title(name) == expected


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ("openapi.yaml", ["rebuild"]),
        ("examples/deployments/openapi.yaml", ["redeploy", "cancel"]),
        ("examples/orders/openapi.yaml", ["pay", "ship", "cancel"]),
    ],
)
def test_the_word_for_an_action_is_in_its_path(document: str, words: list[str]) -> None:
    spec = load_sources(ROOT / document)[0].spec
    (resource_type,) = spec.with_timelines
    assert [word_of(operation) for operation in actions_of(spec, resource_type)] == words
