"""Line and column of each value of a JSON text."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Mapping

from ..violations import pointer

TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{},:]|[^\s\[\]{},:"]+', re.DOTALL)
LINE_END = re.compile("\n")


def positions(text: str) -> Mapping[str, tuple[int, int]]:
    """Return line and column, both from 1, of each value by its JSON pointer.

    The text must be valid JSON. The first of two equal keys counts.
    """
    line_starts = [0, *(match.end() for match in LINE_END.finditer(text))]
    offsets: dict[str, int] = {}
    containers: list[tuple[str, bool]] = []  # the pointer of each open container; is it a list?
    steps: list[str | int] = []  # the current key or index of each open container
    at, key_expected = "", False
    for match in TOKEN.finditer(text):
        token = match[0]
        if token == ":":
            key_expected = False
        elif token == ",":
            base, is_list = containers[-1]
            key_expected = not is_list
            if is_list:
                steps[-1] = int(steps[-1]) + 1
                at = f"{base}/{steps[-1]}"
        elif token in "]}":
            at, _ = containers.pop()
            steps.pop()
            key_expected = False
        elif key_expected:
            steps[-1] = json.loads(token)
            at = containers[-1][0] + pointer(steps[-1:])
        else:
            offsets.setdefault(at, match.start())
            if token in "[{":
                containers.append((at, token == "["))
                steps.append(0)
                key_expected = token == "{"
                at += "/0" if token == "[" else ""
    return {where: _position(offset, line_starts) for where, offset in offsets.items()}


def _position(offset: int, line_starts: list[int]) -> tuple[int, int]:
    line = bisect_right(line_starts, offset)
    return line, offset - line_starts[line - 1] + 1
