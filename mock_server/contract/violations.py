"""What is wrong, where, and what cures it: the one form in which every judge speaks."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

LONGEST_FOUND = 200


@dataclass(frozen=True)
class Violation:
    """One breach at one place.

    rule: id of an invariant, a JSON Schema keyword, or the name of a protocol or file rule.
    message: what should be so.
    pointer: JSON pointer (RFC 6901) into the document or body that is judged.
    found: what stands there instead, as short text; empty when there is nothing to show.
    fix: what to do about it; empty when the message says it already.
    location: ``file:line:column`` when the thing judged is a file, else empty.
    """

    rule: str
    message: str
    pointer: str = ""
    found: str = ""
    fix: str = ""
    location: str = ""

    def __str__(self) -> str:
        option = self.rule if self.rule.startswith("--") else ""
        where = " ".join(part for part in (self.location, self.pointer or option) if part)
        text = f"{where}: {self.message}" if where else self.message
        if self.found:
            text += f"; found {self.found}"
        if self.fix:
            text += f"; {self.fix}"
        return text if option else f"{text} [{self.rule}]"


class ContractError(Exception):
    """Expected trouble with what was given: a spec, a fixture, an option, a port.

    It holds every problem found, never just the first.
    """

    def __init__(self, violations: Iterable[Violation]) -> None:
        self.violations = tuple(violations)
        super().__init__("\n".join(str(violation) for violation in self.violations))


def show(value: Any) -> str:
    """A value as short JSON text, cut at ``LONGEST_FOUND`` characters."""
    try:
        text = json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        text = repr(value)
    return text if len(text) <= LONGEST_FOUND else text[: LONGEST_FOUND - 1] + "…"


def nearest(word: str, valid: Iterable[str]) -> str:
    """A fix that names the valid word nearest to the given one, else all of them."""
    words = sorted(valid)
    close = difflib.get_close_matches(word, words, n=1, cutoff=0.6)
    if close:
        return f"did you mean {close[0]}?"
    return "valid: " + ", ".join(words) if words else ""


def pointer(parts: Sequence[str | int]) -> str:
    """A JSON pointer (RFC 6901) from its parts."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def parts(text: str) -> list[str]:
    """The parts of a JSON pointer (RFC 6901)."""
    return [part.replace("~1", "/").replace("~0", "~") for part in text.split("/")[1:]]
