"""Shrink a recorded resource to the smallest one that still shows its state."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from ...contract.document.resources.types import ResourceType
from .states import state_of

MOST_ENTRIES = 5  # of a list, such as a log
LONGEST_TEXT = 300  # characters
Value = Mapping[str, Any]


def shrunk(resource_type: ResourceType, value: Value, is_valid: Callable[[Value], bool]) -> Value:
    """Return a resource without what its state does not need.

    is_valid: whether a smaller one keeps the contract. The properties of the timeline stay.
    """
    value = {name: each for name, each in value.items() if name in resource_type.properties}
    state = state_of(resource_type, value)
    for smaller in _steps(resource_type):
        candidate = smaller(value)
        same = candidate != value and state_of(resource_type, candidate) == state
        if same and is_valid(candidate):
            value = candidate
    return value


def _steps(resource_type: ResourceType) -> Iterator[Callable[[Value], Value]]:
    """Yield functions that make a resource smaller."""
    timeline = resource_type.timeline
    kept = {*resource_type.required, *resource_type.keys, *resource_type.parent_keys}
    kept |= timeline.properties if timeline else set()
    for name in resource_type.properties:
        if name not in kept:
            yield partial(_without, name)
        yield partial(_with_cut, name)


def _without(name: str, value: Value) -> Value:
    return {key: each for key, each in value.items() if key != name}


def _with_cut(name: str, value: Value) -> Value:
    return {key: _cut(each) if key == name else each for key, each in value.items()}


def _cut(value: Any) -> Any:
    """Return a long list or text with its end alone: the end of a log shows why it ended."""
    if isinstance(value, list):
        return [_cut(each) for each in value[-MOST_ENTRIES:]]
    if isinstance(value, dict):
        return {key: _cut(each) for key, each in value.items()}
    if isinstance(value, str) and len(value) > LONGEST_TEXT:
        return "…" + value[1 - LONGEST_TEXT :]
    return value
