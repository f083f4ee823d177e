"""The positions of values in JSON are those that YAML finds in the same text."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_server.contract.source.documents import SourceFile, walk

PATH = Path("api.json")
# YAML does not allow each character that JSON allows in a text, such as DEL.
texts = st.text(st.characters(codec="ascii", min_codepoint=32, max_codepoint=126), max_size=5)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-99, 99) | texts,
    lambda children: st.lists(children, max_size=3) | st.dictionaries(texts, children, max_size=3),
    max_leaves=12,
)


@pytest.mark.parametrize("indent", [None, 0, 2])
@given(value=values)
def test_positions_in_json_are_those_in_yaml(indent: int | None, value: Any) -> None:
    text = json.dumps(value, indent=indent)
    in_json, in_yaml = SourceFile(PATH, text, json=True), SourceFile(PATH, text)
    for where, _ in walk(value):
        assert in_json.location(where) == in_yaml.location(where)
        assert in_json.location(f"{where}/absent/0") == in_yaml.location(f"{where}/absent/0")


def test_the_last_of_two_equal_keys_has_the_position() -> None:
    text = '{"a": 1,\n "a": {"b": 2}}'
    assert SourceFile(PATH, text, json=True).location("/a/b") == "api.json:2:13"
