"""Evaluates one rule, and says why if that is not possible."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from ..violations import show
from . import engine as cel
from .compilation import Rule
from .deadline import GUARD, SECONDS, Deadline, DeadlineError, guarded, needs_guard
from .functions import FUNCTIONS

LATE = f"it takes more than {SECONDS:g} s; nest fewer comprehensions, or bound the lists"
UNDEFINED = re.compile(r"Undefined variable or function: .(\w+)")

Processes = Sequence[Mapping[str, Any]]  # the value of the variable ``processes``


def context_of(
    processes: Processes, variables: Mapping[str, Any], deadline: Deadline
) -> cel.Context:
    """Return the context in which rules are evaluated, with the functions that they can call."""
    functions: dict[str, Callable[..., Any]] = {**FUNCTIONS, GUARD: deadline}
    return cel.Context({**variables, "processes": list(processes)}, functions)


def problem_of(rule: Rule, context: cel.Context, longest: int) -> str | None:
    """Return None if the rule holds, "" if it does not, or the reason if it cannot be evaluated.

    longest: the length of the longest list that it may read.
    """
    program = _guarded(rule.source) if needs_guard(rule.source, longest) else rule.program
    try:
        result = cel.executed(program, context)
    except cel.EngineError as error:
        return f"the rule could not be evaluated: {_reason(error)}"
    if not isinstance(result, bool):
        return f"the rule must return true or false, but returns {show(result)}"
    return None if result else ""


def _reason(error: cel.EngineError) -> str:
    """Return why a rule cannot be evaluated.

    The engine calls a function undefined if it does not accept the values that it gets. Those that
    do not exist are found before.
    """
    if DeadlineError.__name__ in str(error):
        return LATE
    called = UNDEFINED.match(str(error))
    return f"{called[1]} does not accept these values" if called else str(error)


@lru_cache(256)
def _guarded(source: str) -> cel.Program:
    return cel.compiled(guarded(source), longest=None)
