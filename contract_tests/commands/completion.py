"""``contract-tests completion``: print the script with which a shell completes the commands."""

from __future__ import annotations

import argparse

from mock_server.foundation.command_line import Parser
from mock_server.foundation.completion import INSTALL, SHELLS, print_completion

from . import compare, diff, judge, merge, replay
from . import run as checks

USAGE = "contract-tests completion bash|zsh"
OTHERS = {
    "replay": replay,
    "merge": merge,
    "judge": judge,
    "diff": diff,
    "compare": compare,
}


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command."""
    parser = Parser(
        prog="contract-tests completion",
        description="Print a script with which a shell completes the commands and the options. In "
        'bash, run `eval "$(contract-tests completion bash)"`, for example in ~/.bashrc. '
        f"It needs an extra: {INSTALL}",
        epilog="Exit codes: 0 success, 2 wrong option or missing extra.",
        allow_abbrev=False,
    )
    parser.add_argument("shell", choices=SHELLS, help="the shell")
    return parser


def run(arguments: argparse.Namespace) -> int:
    """Print the script for the options of a run, and for the other commands."""
    combined = checks.parser(argparse.Action, ())
    subparsers = combined.add_subparsers()
    parsers = {name: command.parser() for name, command in OTHERS.items()}
    parsers["completion"] = parser()
    for name, each in parsers.items():
        about = each.description  # shtab leaves out commands without help
        subparsers.add_parser(name, help=about, parents=[each], add_help=False)
    return print_completion(combined, arguments.shell)
