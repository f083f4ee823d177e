"""A document with random mistakes is read into the guaranteed form, or rejected with locations."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mock_server.contract.openapi.files import parse_file
from mock_server.contract.openapi.reading import read_document
from mock_server.contract.source.documents import Document
from mock_server.contract.violations import ContractError, Violation
from tests.mock_server.helpers.guarantees import assert_guarantees

FILES = sorted((Path(__file__).parent / "documents").glob("*.yaml"))
JUNK: list[Any] = [
    *(None, 7, -1, 1.5, 10**40, True, False, "", "text", "[", "{id}", "\ud800", [], {}),
    *([[]], [None], ["a"], {"a": 1}, {"a": {}}, {"$ref": 7}, {"$ref": "#"}, {"$ref": "#/info"}),
    *({"$ref": "#/nothing"}, {"$ref": "other.yaml#/a"}, {"$ref": "http://example.com/a"}),
    *({"$ref": "../../etc/hosts"}, [{"$ref": "#/paths"}], {"allOf": [{"$ref": "#/components"}]}),
]
KEYS = ["", "x", "{x}", "a b%20", "~/", "200", "default", "$ref", "type", "/", "x-a"]

Slot = tuple[Any, Any]  # a container, and a key or an index of it


def slots_of(value: Any) -> list[Slot]:
    """Return each container with each of its keys."""
    slots: list[Slot] = []
    containers = [value]
    while containers:
        container = containers.pop()
        members = container.items() if isinstance(container, dict) else enumerate(container)
        for key, member in members:
            slots.append((container, key))
            if isinstance(member, dict | list):
                containers.append(member)
    return slots


def remove(slot: Slot, _other: Slot, _number: int) -> None:
    del slot[0][slot[1]]


def replace(slot: Slot, _other: Slot, number: int) -> None:
    slot[0][slot[1]] = copy.deepcopy(JUNK[number % len(JUNK)])


def copy_another(slot: Slot, other: Slot, _number: int) -> None:
    slot[0][slot[1]] = copy.deepcopy(other[0][other[1]])


def rename(slot: Slot, _other: Slot, number: int) -> None:
    if isinstance(slot[0], dict):
        slot[0][KEYS[number % len(KEYS)]] = slot[0].pop(slot[1])


def refer(slot: Slot, _other: Slot, number: int) -> None:
    targets = ("#/components/schemas/Tree", "#/definitions/Pet", "#/components/schemas/Order/x")
    slot[0][slot[1]] = {"$ref": targets[number % len(targets)]}


MUTATIONS: list[Callable[[Slot, Slot, int], None]] = [
    remove,
    replace,
    replace,
    copy_another,
    rename,
    refer,
]
numbers = st.integers(0, 10_000)
mistakes = st.lists(
    st.tuples(st.sampled_from(MUTATIONS), numbers, numbers, numbers), min_size=1, max_size=6
)


def read_or_reject(path: Path) -> Document | tuple[Violation, ...]:
    try:
        return read_document(path)
    except ContractError as error:
        return error.violations


def assert_read_or_rejected(path: Path) -> None:
    """Assert that a document has the guaranteed form, or is rejected with locations in it."""
    result = read_or_reject(path)
    if isinstance(result, Document):
        assert_guarantees(result.data)
        json.dumps(result.data, allow_nan=False).encode()
    problems = result.notes if isinstance(result, Document) else result
    assert problems or isinstance(result, Document)
    assert all(each.location.startswith(str(path)) for each in problems)


@pytest.mark.parametrize("path", FILES, ids=[path.name for path in FILES])
def test_the_documents_without_mistakes_are_read(path: Path) -> None:
    assert_guarantees(read_document(path).data)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(FILES), mistakes)
def test_a_document_with_mistakes_is_read_or_rejected_with_locations(
    tmp_path: Path, original: Path, mistakes: list[tuple[Any, int, int, int]]
) -> None:
    data = copy.deepcopy(parse_file(original).data)
    for mutate, first, second, number in mistakes:
        slots = slots_of(data)
        if slots:
            mutate(slots[first % len(slots)], slots[second % len(slots)], number)
    path = tmp_path / "api.json"
    path.write_text(json.dumps(data))
    assert_read_or_rejected(path)


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from([path.read_text() for path in FILES]),
    st.lists(st.tuples(numbers, numbers, st.text(max_size=5)), min_size=1, max_size=3),
)
def test_a_text_with_mistakes_is_read_or_rejected_with_locations(
    tmp_path: Path, text: str, edits: list[tuple[int, int, str]]
) -> None:
    for start, length, new in edits:
        at = start % (len(text) + 1)
        text = text[:at] + new + text[at + length % 20 :]
    path = tmp_path / "api.yaml"
    path.write_text(text, "utf-8")
    assert_read_or_rejected(path)
