"""The engine of CEL. Its package imports its own command line too, with libraries for which nobody
here has a use, and which take ten times as long as the engine: that is held back."""

from __future__ import annotations

import sys
from types import ModuleType

COMMAND_LINE = "cel.cli"

held_back = COMMAND_LINE not in sys.modules
if held_back:
    sys.modules[COMMAND_LINE] = ModuleType(COMMAND_LINE)

from cel import Context, Program, compile  # noqa: A004, E402  # only now, and as CEL calls it

if held_back:  # whoever wants the command line imports it
    del sys.modules[COMMAND_LINE]

__all__ = ["Context", "Program", "compile"]
