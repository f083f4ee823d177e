"""Regular expressions of a document in a form that both Rust and Python can compile."""

from __future__ import annotations

import re
import warnings
from functools import lru_cache

import jsonschema_rs

MAX_LENGTH = 2000  # characters
# Notation of JavaScript (ECMA-262) → the same in Rust and Python.
REWRITES = (
    (re.compile(r"\(\?<(?=[A-Za-z_])"), "(?P<"),
    (re.compile(r"\\k<(\w+)>"), r"(?P=\1)"),
    (re.compile(r"\[\^\]"), r"[\\s\\S]"),
    (re.compile(r"\\u\{([0-9a-fA-F]{1,4})\}"), lambda match: rf"\u{match[1]:0>4}"),
    (re.compile(r"\\[zZ]$"), "$"),
    # A brace that is no quantifier is a brace.
    (re.compile(r"(?<!\\[pPuxk])(?<!\\)\{(?!\d+(?:,\d*)?\})"), r"\\{"),
    # A hyphen beside a class such as \w is a hyphen.
    (re.compile(r"(\\[wdsWDS])-(?!\])"), r"\1\\-"),
)
IN_SLASHES = re.compile(r"\A/(\^.*\$)/[a-z]*\Z", re.DOTALL)
# \p{…} → a class that Python knows. It is wider or narrower only outside of Latin letters.
PROPERTIES = {
    **dict.fromkeys(("L", "Letter", "Alphabetic", "IsAlphabetic"), r"^\W\d_"),
    **dict.fromkeys(("N", "Nd", "Number"), r"\d"),
}
PROPERTY = re.compile(r"\\p\{(\w+)\}")


@lru_cache(maxsize=10_000)
def compilable(pattern: str) -> str | None:
    """Return a pattern that Rust and Python can compile, with the same matches; None if there is
    none."""
    if len(pattern) > MAX_LENGTH:
        return None
    rewritten = pattern
    for expression, replacement in REWRITES:
        rewritten = expression.sub(replacement, rewritten)
    candidates = [pattern, rewritten]
    if match := IN_SLASHES.match(rewritten):
        candidates.insert(0, match[1].replace(r"\/", "/"))
    candidates.append(PROPERTY.sub(_outside_class, rewritten))
    return next((each for each in candidates if _compiles(each)), None)


def _outside_class(match: re.Match[str]) -> str:
    known = PROPERTIES.get(match[1])
    return f"[{known}]" if known else match[0]


def _compiles(pattern: str) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            re.compile(pattern)
        jsonschema_rs.Draft202012Validator({"pattern": pattern}, offline=True)
    except (re.error, OverflowError, RecursionError, ValueError):
        return False
    return True
