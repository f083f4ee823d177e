"""Edit the text of a YAML file at the locations of its nodes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import yaml


class Edit(NamedTuple):
    """Replace the text from ``start`` to ``end`` (indexes of characters)."""

    start: int
    end: int
    text: str


def edited(text: str, edits: Iterable[Edit]) -> str:
    """Return a text after edits, which do not overlap."""
    for edit in sorted(set(edits), reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text


def renamed_key(key: yaml.Node, name: str) -> Edit:
    """Return the edit that renames a key."""
    return Edit(key.start_mark.index, key.end_mark.index, _scalar(name))


def renamed_word(node: yaml.ScalarNode, word: str) -> Edit:
    """Return the edit that replaces a text, in the same quotes."""
    quote = node.style if node.style in ("'", '"') and word.isprintable() else ""
    shown = f"{quote}{word}{quote}" if quote and quote not in word else _scalar(word)
    return Edit(node.start_mark.index, node.end_mark.index, shown)


def inserted(node: yaml.MappingNode, values: Mapping[str, Any]) -> Iterator[Edit]:
    """Yield the edit that adds members to a mapping, behind its first one."""
    if not values or not node.value:
        return
    first = node.value[min(1, len(node.value) - 1)][0].start_mark
    members = [
        f"{_scalar(name)}: {json.dumps(v, ensure_ascii=False)}" for name, v in values.items()
    ]
    separator = ", " if node.flow_style else "\n" + " " * first.column
    yield Edit(first.index, first.index, separator.join([*members, ""]))


def removed(text: str, node: yaml.MappingNode, position: int) -> Edit:
    """Return the edit that removes the member at a position of a mapping."""
    key, value = node.value[position]
    is_last = position == len(node.value) - 1
    if node.flow_style:
        start, end = key.start_mark.index, value.end_mark.index
        if not is_last:
            end = node.value[position + 1][0].start_mark.index
        elif position:
            start = node.value[position - 1][1].end_mark.index
        return Edit(start, end, "")
    # The end of a nested block is where the next one starts, behind blank lines and comments.
    end = key.start_mark.index + len(text[key.start_mark.index : value.end_mark.index].rstrip())
    if is_last:
        return Edit(text.rfind("\n", 0, key.start_mark.index) + 1, end, "")
    return Edit(key.start_mark.index, node.value[position + 1][0].start_mark.index, "")


def _scalar(text: str) -> str:
    """Return a text as a scalar of YAML: plain, if it is a word."""
    plain = text.replace("_", "").replace("-", "").isalnum() and yaml.safe_load(text) == text
    return text if plain else json.dumps(text, ensure_ascii=False)
