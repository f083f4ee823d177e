"""The engine of CEL is imported without its command line, which stays to be had."""

import subprocess
import sys

SCRIPT = """
import sys
from mock_server.contract import rules
assert not {"prompt_toolkit", "rich", "typer"} & set(sys.modules), sorted(sys.modules)
import cel.cli
assert cel.cli.app
"""


def test_the_rules_need_no_command_line_and_take_none_away() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=60, check=False
    )
    assert (ended.returncode, ended.stderr) == (0, "")
