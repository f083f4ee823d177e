"""``mock-server completion``: print the script with which a shell completes the commands."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from ...foundation.completion import INSTALL, SHELLS, print_completion

if TYPE_CHECKING:
    from ..source_options import Subparsers


def add_parser(subparsers: Subparsers) -> None:
    """Add the command to the parser of ``mock-server``."""
    parser = subparsers.add_parser(
        "completion",
        help="print a completion script for bash or zsh",
        description="Print a script with which a shell completes the commands and the options. In "
        'bash, run `eval "$(mock-server completion bash)"`, for example in ~/.bashrc. '
        f"It needs an extra: {INSTALL}",
        epilog="exit codes: 0 success; 2 wrong option or missing extra",
    )
    parser.add_argument("shell", choices=SHELLS, help="the shell")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the script for all commands of the parser that has read the arguments."""
    return print_completion(arguments.parser, arguments.shell)
