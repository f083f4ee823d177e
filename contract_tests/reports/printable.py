"""Text of a target, for output: control characters could change a terminal or a page."""

from __future__ import annotations

import re

# C0 with line breaks, DEL and C1, changes of the direction of text, and what UTF-8 cannot encode.
INVISIBLE = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def printable(text: str) -> str:
    """Return a line of text with an escape sequence, such as ``\\x1b``, for what is invisible."""
    return INVISIBLE.sub(_escape, text)


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"
