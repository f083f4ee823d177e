"""The values of the properties of a resource, as text."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ...contract.document.resources.types import ResourceType
from ...foundation import timestamps

MAX_TEXT = 120  # characters of a value on a card


@dataclass(frozen=True)
class ValueView:
    """A property with its value as JSON. note: its meaning, such as the time of a number."""

    name: str
    text: str
    note: str = ""

    @property
    def short(self) -> str:
        """The text without the end that a card has no room for."""
        return self.text if len(self.text) <= MAX_TEXT else f"{self.text[:MAX_TEXT]}…"


def values_of(resource_type: ResourceType, value: Mapping[str, Any]) -> Iterator[ValueView]:
    """Yield each property of a resource; of a list, only its length."""
    for name, member in value.items():
        if isinstance(member, list):
            count = len(member)
            yield ValueView(name, "", f"{count} {'entry' if count == 1 else 'entries'}")
        else:
            yield ValueView(name, json_text(member), _time_of_number(resource_type, name, member))


def time_of(resource_type: ResourceType, name: str, value: Any) -> int | None:
    """Return a timestamp as ms since 1970; None if a property is not a timestamp."""
    form = resource_type.timestamps.get(name)
    try:
        return None if form is None or value is None else timestamps.read(value, form)
    except ValueError:
        return None


def _time_of_number(resource_type: ResourceType, name: str, value: Any) -> str:
    """Return the time that a number stands for as text; "" if it is no timestamp."""
    time = None if isinstance(value, str) else time_of(resource_type, name, value)
    return "" if time is None else timestamps.to_text(time)


def json_text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
