"""The CEL engine, imported without its command line, and with one kind of error.

The package ``cel`` also imports its command line, whose libraries take ten times as long to import
as the engine. An empty module replaces the command line during the import.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from types import ModuleType
from typing import Any, TypeVar

from ..violations import is_failure

COMMAND_LINE = "cel.cli"

replaced = COMMAND_LINE not in sys.modules
if replaced:
    sys.modules[COMMAND_LINE] = ModuleType(COMMAND_LINE)

import cel  # noqa: E402  # after the replacement
from cel import Context, Program  # noqa: E402  # after the replacement

if replaced:  # other code can import the command line
    del sys.modules[COMMAND_LINE]

__all__ = ["Context", "EngineError", "Program", "compiled", "executed"]

# The engine is recursive: with 20,000 operators in a row it ends the process.
LONGEST = 4096  # characters of an expression of a document
MAX_REASON = 300  # characters

Result = TypeVar("Result")


class EngineError(ValueError):
    """An expression cannot be compiled or evaluated. Its text is one line."""


def compiled(source: str, longest: int | None = LONGEST) -> Program:
    """Compile an expression. Raises EngineError if it is not CEL, or is too long.

    longest: the limit in characters; None for an expression that is made of several.
    """
    if longest is not None and len(source) > longest:
        raise EngineError(f"it has {len(source)} characters; at most {longest} are possible")
    return _result(partial(cel.compile, source))


def executed(program: Program, context: Context) -> Any:
    """Return the result of an expression. Raises EngineError if it has none."""
    return _result(partial(program.execute, context))


def _result(call: Callable[[], Result]) -> Result:
    try:
        return call()
    except BaseException as error:
        if not is_failure(error):
            raise
        first = next(iter(str(error).splitlines()), "") or type(error).__name__
        reason = first if len(first) <= MAX_REASON else first[: MAX_REASON - 1] + "…"
        raise EngineError(reason) from None
