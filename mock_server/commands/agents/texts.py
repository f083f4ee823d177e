"""The texts that tools return: short, so that they leave room in the context of a model."""

from __future__ import annotations

import json
from typing import Any

LONGEST_RESULT = 8_000  # characters
LONGEST_TEXT = 200  # characters of a text inside of a value
LONGEST_LIST = 10  # items of a list inside of a value


def compact(value: Any) -> str:
    """Return a value as JSON in which long texts and long lists are cut."""
    return shortened(json.dumps(_cut(value), ensure_ascii=False, separators=(",", ":")))


def shortened(text: str, longest: int = LONGEST_RESULT) -> str:
    """Return a text of at most about this length; a cut text says how long it was."""
    if len(text) <= longest:
        return text
    return f"{text[:longest]}… ({longest} of {len(text)} characters)"


def _cut(value: Any) -> Any:
    if isinstance(value, str):
        return shortened(value, LONGEST_TEXT)
    if isinstance(value, dict):
        return {name: _cut(each) for name, each in value.items()}
    if isinstance(value, list):
        more = len(value) - LONGEST_LIST
        cut = [_cut(each) for each in value[:LONGEST_LIST]]
        return [*cut, f"… {more} more"] if more > 0 else cut
    return value
