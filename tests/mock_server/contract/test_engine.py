"""The CEL engine is imported without its command line, which other code can still import."""

import subprocess
import sys

SCRIPT = """
import sys
from mock_server.contract import rules
assert not {"prompt_toolkit", "rich", "typer"} & set(sys.modules), sorted(sys.modules)
import cel.cli
assert cel.cli.app
"""


def test_importing_the_rules_neither_loads_nor_hides_the_command_line_of_cel() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=60, check=False
    )
    assert (ended.returncode, ended.stderr) == (0, "")
