"""Violations: the rule that is broken, the location, what was found, and how to fix it.

Every check of the project reports its results in this form.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

LONGEST_FOUND = 200  # characters
LONGEST_COMPARED = 200  # characters of words that are compared, in quadratic time


@dataclass(frozen=True)
class Violation:
    """One breach of a rule at one location.

    rule: the id of a rule in x-invariants, a JSON Schema keyword, or the name of a protocol or
    file rule.
    message: the requirement, such as "must be a list".
    pointer: JSON pointer (RFC 6901) into the document or body that is judged.
    found: the value found instead, as short text; empty if there is none to show.
    fix: how to fix it; empty if the message already explains it.
    location: ``file:line:column`` if a file is judged, else empty.
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


def is_failure(error: BaseException) -> bool:
    """Return whether an error is one of the code, and not a request to end it.

    A panic of a Rust library is one too: a BaseException, in no module that can be imported.
    """
    return isinstance(error, Exception) or type(error).__name__ == "PanicException"


def repeated(violation: Violation, count: int) -> Violation:
    """Return the first of several violations of one kind, with their number in its message."""
    if count == 1:
        return violation
    return replace(violation, message=f"{violation.message} ({count} times, first here)")


class ContractError(Exception):
    """An expected error in the input: a spec, a fixture, an option or a port.

    Holds all violations, not only the first.
    """

    def __init__(self, violations: Iterable[Violation]) -> None:
        self.violations = tuple(violations)
        super().__init__("\n".join(str(violation) for violation in self.violations))


def show(value: Any) -> str:
    """Return a value as JSON text, cut to ``LONGEST_FOUND`` characters."""
    try:
        text = json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        text = repr(value)
    return text if len(text) <= LONGEST_FOUND else text[: LONGEST_FOUND - 1] + "…"


def nearest(word: str, valid: Iterable[str]) -> str:
    """Return a fix that suggests the most similar valid word, or lists all valid words."""
    words = sorted(valid)
    near = [each for each in words if len(each) <= LONGEST_COMPARED]
    compared = near if len(word) <= LONGEST_COMPARED else []
    matches = difflib.get_close_matches(word, compared, n=1, cutoff=0.6)
    if matches:
        return f"did you mean {matches[0]}?"
    return "valid: " + ", ".join(words) if words else ""


def pointer(parts: Sequence[str | int]) -> str:
    """Return the JSON pointer (RFC 6901) with these parts."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def parts(text: str) -> list[str]:
    """Return the unescaped parts of a JSON pointer (RFC 6901)."""
    return [part.replace("~1", "/").replace("~0", "~") for part in text.split("/")[1:]]


def grouped(violations: Iterable[Violation]) -> list[list[Violation]]:
    """Return the violations in groups that have one cause, in the order of their first ones.

    Equal requirements with equal values have one cause, such as a renamed status. So have equal
    requirements of one property whose values are all different.
    """
    alike: dict[tuple[str, ...], list[Violation]] = {}
    for each in violations:
        alike.setdefault((each.rule, each.message, each.found, each.fix), []).append(each)
    groups: dict[tuple[str, ...], list[Violation]] = {}
    for key, group in alike.items():
        names = [part for part in parts(group[0].pointer) if not part.isdecimal()]
        if len(group) == 1 and names:
            key = (group[0].rule, group[0].message, names[-1])
            if any(_same_value(group[0], other) for other in groups.get(key, ())):
                key = (*key, group[0].found)
        groups.setdefault(key, []).extend(group)
    return list(groups.values())


def _same_value(one: Violation, other: Violation) -> bool:
    """Return whether two violations are about one value, and so are different problems."""
    return (one.location, one.pointer) == (other.location, other.pointer)
