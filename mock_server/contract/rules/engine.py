"""The CEL engine, imported without its command line.

The package ``cel`` also imports its command line, whose libraries take ten times as long to import
as the engine. An empty module replaces the command line during the import.
"""

from __future__ import annotations

import sys
from types import ModuleType

COMMAND_LINE = "cel.cli"

replaced = COMMAND_LINE not in sys.modules
if replaced:
    sys.modules[COMMAND_LINE] = ModuleType(COMMAND_LINE)

from cel import Context, Program, compile  # noqa: A004, E402  # after the replacement, with the names of the package

if replaced:  # other code can import the command line
    del sys.modules[COMMAND_LINE]

__all__ = ["Context", "Program", "compile"]
