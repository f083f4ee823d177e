"""What the name of a property says about its value: ``names.json`` is the table.

A name is compared without its case and separators: ``created_at``, ``createdAt`` and ``Created-At``
are equal. If the table does not contain a name, the last word of the name is searched:
``billing_email`` is an ``email``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

TABLE = Path(__file__).with_name("names.json")
WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
# Words at the start or the end that say how a value is stored and not what it is.
PREPOSITIONS = frozenset({"at", "on", "is", "has", "was"})


@dataclass(frozen=True)
class Meaning:
    """The usual values of a property.

    text: examples; format: the format of its text; number: the least and the greatest value.
    when: days from now, the earliest and the latest; boolean: the usual value of a flag.
    """

    text: tuple[str, ...] = ()
    format: str = ""
    number: tuple[int, int] | None = None
    when: tuple[int, int] | None = None
    boolean: bool = True


UNKNOWN = Meaning()


def words(name: str) -> list[str]:
    """Return the words of a name in lower case: ``petId`` has ``pet`` and ``id``."""
    return [word.lower() for word in WORD.findall(name)]


@lru_cache(maxsize=4096)
def last_word(name: str) -> str:
    """Return the last word of a name; empty if it has no word."""
    return (words(name) or [""])[-1]


def normalised(name: str) -> str:
    """Return a name without case and separators."""
    return "".join(words(name))


@lru_cache(maxsize=4096)
def meaning(name: str) -> Meaning:
    """Return what is known of the values of a property; UNKNOWN if nothing is."""
    exact, last = _table()
    parts = words(name)
    if not parts:
        return UNKNOWN
    bare = [word for word in parts if word not in PREPOSITIONS]
    for spelling in ("".join(parts), "".join(bare), _singular("".join(parts))):
        if spelling in exact:
            return exact[spelling]
    if len(bare) > 1 and len(bare) < len(parts) and bare[-1] in exact and exact[bare[-1]].when:
        return exact[bare[-1]]
    return last.get(parts[-1]) or last.get(_singular(parts[-1])) or UNKNOWN


def _singular(word: str) -> str:
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word


@lru_cache(maxsize=1)
def _table() -> tuple[Mapping[str, Meaning], Mapping[str, Meaning]]:
    data = json.loads(TABLE.read_text("utf-8"))
    exact = {name: _meaning(data["exact"], entry) for name, entry in data["exact"].items()}
    last = {name: _meaning(data["exact"], entry) for name, entry in data["last word"].items()}
    return exact, last


def _meaning(exact: Mapping[str, Any], entry: Any) -> Meaning:
    while isinstance(entry, str):  # another name with the same values
        entry = exact[entry]
    return Meaning(
        text=tuple(entry.get("text", ())),
        format=entry.get("format", ""),
        number=tuple(entry["number"]) if "number" in entry else None,
        when=tuple(entry["when"]) if "when" in entry else None,
        boolean=entry.get("boolean", True),
    )


def title(name: str) -> str:
    """Return a name as the start of a sentence: ``shippingMethod`` is ``Shipping method``."""
    return " ".join(words(name)).capitalize()
