"""Characters that stand in for what libyaml rejects or changes, although YAML 1.2 allows it.

JSON is YAML 1.2 (section 1.2), but libyaml follows YAML 1.1: it rejects the halves of a surrogate
pair, as JSON writes an emoji (``"\\ud83d\\ude80"``), and some characters that JSON has as they are.
It takes U+0085, U+2028 and U+2029 for line breaks. Private characters replace them before the text
is parsed; each is one character, so that lines and most columns stay the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

SURROGATE = r"\\u[dD][89a-fA-F][0-9a-fA-F]{2}"
# After an even number of backslashes: others escape the one of the surrogate.
PAIR = r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
ESCAPED = rf"(?<!\\)(?P<before>(?:\\\\)*)(?P<escaped>{PAIR}|{SURROGATE})"
RAW = "[\x7f-\x9f\u2028\u2029\ufffe\uffff]"
REPLACED = re.compile(f"{ESCAPED}|(?P<raw>{RAW})")
PRIVATE = range(0xF0000, 0xFFFFE)  # a plane for private use


class StandIns:
    """Replaces characters of one text, and restores them in its scalars.

    text: the text to parse.
    """

    def __init__(self, text: str) -> None:
        self._originals: dict[str, str] = {}  # stand-in → the text that it replaces
        self._pattern: re.Pattern[str] | None = None
        self.text = text
        if ("\\u" in text and re.search(SURROGATE, text)) or re.search(RAW, text):
            self._replace(text)

    def restored(self, scalar: str, quoted: bool) -> str:
        """Return a scalar with its own characters. quoted: in double quotes, which have escapes."""
        if self._pattern is None:
            return scalar

        def original(match: re.Match[str]) -> str:
            text = self._originals[match[0]]
            return _unescaped(text) if quoted and len(text) > 1 else text

        return self._pattern.sub(original, scalar)

    def _replace(self, text: str) -> None:
        free = _unused(text)
        stand_ins: dict[str, str] = {}

        def stand_in(match: re.Match[str]) -> str:
            original = match["raw"] or match["escaped"]
            if original not in stand_ins:
                stand_ins[original] = next(free, "\ufffd")
            return (match["before"] or "") + stand_ins[original]

        self.text = REPLACED.sub(stand_in, text)
        self._originals = {private: original for original, private in stand_ins.items()}
        if stand_ins:
            self._pattern = re.compile(f"[{''.join(self._originals)}]")


def _unused(text: str) -> Iterator[str]:
    """Yield private characters that a text does not contain."""
    used = set(text)
    return (chr(code) for code in PRIVATE if chr(code) not in used)


def _unescaped(escapes: str) -> str:
    """Return the characters of one escape or of two, which may be a pair (RFC 8259, section 7)."""
    units = (int(each, 16) for each in escapes.split("\\u")[1:])
    return b"".join(unit.to_bytes(2, "big") for unit in units).decode("utf-16-be", "surrogatepass")
