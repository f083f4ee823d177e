"""A deadline for rules that read long lists.

The engine has none, and it keeps the interpreter's lock: a rule with ``all`` in ``all`` over a list
of 100,000 entries would stop every other thread for hours. A *guarded* program calls a function at
each step of a comprehension. The function lets other threads run, and raises after the deadline.
That makes a step several times slower, so that only evaluations of many steps are guarded.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any

from .functions import FUNCTIONS
from .members import MACROS, tokens_of

SECONDS = 1.0  # of computing, for all rules of one value or response together
UNGUARDED = 20_000  # nested steps, which take about 10 milliseconds
LINEAR = 0.1  # the cost of a step that is not nested
GUARD = "deadlineGuard"  # the function that a guarded program calls
COPYING = ("filter", "map")  # they copy their result at each step
SCANNING = frozenset({"in", *FUNCTIONS})  # they read a list at each step of a comprehension
OPENING, CLOSING = {"(", "[", "{"}, {")", "]", "}"}
CONTAINERS = (list, tuple, dict)


class DeadlineError(RuntimeError):
    """An evaluation takes too long."""


class Deadline:
    """Raises DeadlineError when it is called after some seconds of computing of this thread."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds, self._until = seconds, time.thread_time() + seconds

    def __call__(self) -> bool:
        if time.thread_time() > self._until:
            raise DeadlineError(f"it takes more than {self._seconds:g} s")
        return True


@lru_cache(1024)
def levels(source: str) -> int:
    """Return how often the steps of a rule multiply with the length of its lists: 1 for ``all``, 2
    for ``all`` in ``all``."""
    most, open_macros = 0, list[int]()
    before = ""
    for _, text in tokens_of(source):
        if text in OPENING:
            macro = text == "(" and before in MACROS
            open_macros.append((2 if before in COPYING else 1) if macro else 0)
        elif text in CLOSING and open_macros:
            open_macros.pop()
        depth = sum(open_macros)
        most = max(most, depth + (text in SCANNING and depth > 0))
        before = text
    return most


def needs_guard(source: str, longest: int) -> bool:
    """Return whether a rule may take many steps on values whose longest list has this length."""
    return cost(levels(source), longest) > UNGUARDED


def any_needs_guard(sources: Sequence[str], values: Any) -> bool:
    """Return whether any rule may take many steps on values."""
    most = max(map(levels, sources), default=0)
    return most > 0 and cost(most, longest_list(values)) > UNGUARDED


def batches(sources: Iterable[str], values: Iterable[Any]) -> Iterator[list[Any]]:
    """Divide values into batches on which rules take few steps, or that have only one value."""
    most = max(map(levels, sources), default=0)
    batch: list[Any] = []
    total = 0.0
    for value in values:
        own = cost(most, longest_list(value)) if most else 0
        if batch and total + own > UNGUARDED:
            yield batch
            batch, total = [], 0.0
        batch.append(value)
        total += own
    if batch:
        yield batch


def cost(most: int, longest: int) -> float:
    """Return an upper bound of the steps that rules with a number of levels take."""
    return longest * LINEAR * most if most <= 1 else float(longest) ** most


def longest_unguarded(most: int) -> int:
    """Return the length of the longest list that rules with a number of levels can take."""
    return int(UNGUARDED / LINEAR if most <= 1 else UNGUARDED ** (1 / most))


def longest_list(value: Any) -> int:
    """Return the length of the longest list, or object, within a JSON value."""
    longest, containers = 1, [value]
    while containers:
        each = containers.pop()
        if isinstance(each, CONTAINERS):
            longest = max(longest, len(each))
            members = each.values() if isinstance(each, dict) else each
            containers += [member for member in members if isinstance(member, CONTAINERS)]
    return longest


def guarded(source: str) -> str:
    """Return the source of a rule that calls the guard at each step of its comprehensions."""
    parts, end = [], 0
    for position, text in _insertions(source):
        parts += [source[end:position], text]
        end = position
    return "".join([*parts, source[end:]])


def _insertions(source: str) -> Iterator[tuple[int, str]]:
    """Yield what to insert at which position: ``[guard(), (`` and ``)][1]`` around the expression
    that follows the variable of a comprehension."""
    start, end = f"[{GUARD}(), (", ")][1]"
    states: list[str] = []  # of the open brackets
    before = ""
    for position, text in tokens_of(source):
        if text in OPENING:
            states.append("variable" if text == "(" and before in MACROS else "")
        elif text == "," and states and states[-1] == "variable":
            states[-1] = "expression"
            yield position + 1, start
        elif text == "," and states and states[-1] == "expression":
            states[-1] = ""  # the second expression of `map`
            yield position, end
        elif text in CLOSING and states and states.pop() == "expression":
            yield position, end
        before = text
