"""Regular expressions of JSON Schema (ECMA-262), in the syntax of Python's ``re``.

The result is only read, to generate a text: it is never used to match one. What has no equivalent
is replaced by a smaller set of characters, such as ``\\p{L}`` by the letters of ASCII.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

TOKEN = re.compile(
    r"""
    \\ [pP] \{ [^}]* \}                 # \p{Letter}
  | \\ u \{ [0-9A-Fa-f]{1,6} \}         # \u{1F600}
  | \\ x \{ [0-9A-Fa-f]{1,6} \}         # \x{1F600}
  | \\ u [0-9A-Fa-f]{4} | \\ x [0-9A-Fa-f]{2}
  | \\ c [A-Za-z]                       # a control character
  | \\ k < [^>]* >                      # a reference to a named group
  | \\ .
  | \(\?< (?![=!])                      # the start of a named group
  | \[ \^ \] (?! [^\[]* \])             # any character
  | \( \? [A-Za-z]+ \)                  # flags for the rest of the pattern
  | .
    """,
    re.VERBOSE | re.DOTALL,
)
CATEGORIES = {  # the first letters of a Unicode category or its long name → characters
    "Lu": "A-Z",
    "Uppercase": "A-Z",
    "Ll": "a-z",
    "Lowercase": "a-z",
    "L": "A-Za-z",
    "Alphabetic": "A-Za-z",
    "N": "0-9",
    "Pd": "\\-",
    "P": "!,.:;?",
    "Sc": "$",
    "S": "$+=",
    "Z": " ",
    "Space": " ",
}
OTHER_CATEGORY = "A-Za-z"  # scripts, such as \p{Latin}
KNOWN_ESCAPES = frozenset("AbBdDfnrsStvwWZ0123456789")
SET_OPERATORS = frozenset("[&|~")  # in a set, Python warns about these


def in_python(pattern: str) -> str:
    """Return a pattern in the syntax of Python's ``re``."""
    return "".join(_translated(pattern))


def _translated(pattern: str) -> Iterator[str]:
    in_set = False
    previous = ""
    for match in TOKEN.finditer(pattern):
        token = match[0]
        if len(token) > 1 and token[0] == "\\":
            yield _escape(token, in_set)
        elif token[:2] == "(?" and token[-1] == ")" and not in_set:
            continue
        elif token == "[^]":
            yield r"\[\^]" if in_set else r"[\s\S]"
            in_set = False
        elif token == "(?<":
            yield "(?<" if in_set else "(?P<"
        elif in_set and (token in SET_OPERATORS or (token == previous == "-")):
            yield "\\" + token
        else:
            in_set = token == "[" or (in_set and token != "]")
            yield token
        previous = token


def _escape(token: str, in_set: bool) -> str:
    kind = token[1]
    if kind in "pP" and len(token) > 2:
        category = token[3:-1].rpartition("=")[2]
        negative = (kind == "P") != category.startswith("^")
        return _category(category.lstrip("^"), negative, in_set)
    if kind in "ux" and len(token) > 2:
        return re.escape(chr(min(int(token[2:].strip("{}"), 16), 0x10FFFF)))
    if kind == "c" and len(token) == 3:
        return f"\\x{ord(token[2]) % 32:02x}"
    if kind == "k" and len(token) > 2:
        return f"(?P={token[3:-1]})"
    if kind == "z":
        return r"\Z"
    if kind.isalnum() and kind.isascii() and kind not in KNOWN_ESCAPES:
        return kind
    return token


def _category(name: str, negative: bool, in_set: bool) -> str:
    characters = next(
        (chars for start, chars in CATEGORIES.items() if name.startswith(start)), OTHER_CATEGORY
    )
    if negative:
        characters = "0-9" if "a-z" in characters.lower() else "a-z"
    return characters if in_set else f"[{characters}]"
