"""Line and column of values in a JSON text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence

SPACE = re.compile(r"[ \t\r\n]*")


class JsonPositions:
    """Finds values in a valid JSON text by their keys and indexes.

    It parses the containers of a value again, but only these. The last of two equal keys counts.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._decoder = json.JSONDecoder(strict=False)
        self._members: dict[int, Mapping[str, int]] = {}

    def position(self, steps: Sequence[str]) -> tuple[int, int] | None:
        """Return line and column, both from 1; None if there is no such value."""
        offset = self._skip(0)
        for step in steps:
            if self._text[offset] not in "{[":
                return None
            if offset not in self._members:
                items = self._items if self._text[offset] == "[" else self._pairs
                self._members[offset] = dict(items(offset + 1))
            if step not in self._members[offset]:
                return None
            offset = self._members[offset][step]
        line_start = self._text.rfind("\n", 0, offset) + 1
        return self._text.count("\n", 0, offset) + 1, offset - line_start + 1

    def _skip(self, offset: int) -> int:
        match = SPACE.match(self._text, offset)
        return match.end() if match else offset

    def _pairs(self, offset: int) -> Iterator[tuple[str, int]]:
        """Yield the key and the offset of each member of an object."""
        offset = self._skip(offset)
        while self._text[offset] != "}":
            key, offset = self._decoder.raw_decode(self._text, offset)
            offset = self._skip(self._skip(offset) + 1)  # after the colon
            yield key, offset
            offset = self._after(offset)

    def _items(self, offset: int) -> Iterator[tuple[str, int]]:
        """Yield the index and the offset of each item of an array."""
        offset, index = self._skip(offset), 0
        while self._text[offset] != "]":
            yield str(index), offset
            offset, index = self._after(offset), index + 1

    def _after(self, offset: int) -> int:
        """Return where the next member starts, or the end of the container."""
        _, offset = self._decoder.raw_decode(self._text, offset)
        offset = self._skip(offset)
        return self._skip(offset + 1) if self._text[offset] == "," else offset
