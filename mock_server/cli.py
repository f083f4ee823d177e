"""The command line of ``mock-server``.

Exit codes: 0 success, 1 violations, 2 wrong use or a failed start. The commands import heavy
modules only when they run, so that ``--help`` is quick.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Callable, Sequence

from .commands import check, export, init, proxy, record, schema, serve
from .commands.agents import mcp
from .commands.help import completion, guide
from .commands.printing import print_violations
from .contract.violations import ContractError
from .foundation.command_line import Parser

COMMANDS = (serve, proxy, record, check, init, schema, export, mcp, guide, completion)


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code. Expected errors become messages on stderr here."""
    _make_printable()
    arguments = _parser().parse_args(argv)
    run: Callable[[argparse.Namespace], int] = arguments.run
    try:
        return run(arguments)
    except ContractError as error:
        print_violations(error.violations)
        return 2
    except BrokenPipeError:  # the reader of the output, such as `head`, closed the pipe
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        if error.filename is None:
            raise
        print(f"{error.filename}: {error.strerror}", file=sys.stderr)
        return 2


def _make_printable() -> None:
    """Have characters escaped that the terminal cannot show, such as those of a file name."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="mock-server",
        description="A mock server for an OpenAPI document, with fixtures and scenarios. "
        "By default it serves the package release API.",
        epilog="`mock-server COMMAND --help` describes the options of a command.",
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version and exit")
    parser.set_defaults(parser=parser)  # for the completion of all commands
    subparsers = parser.add_subparsers(required=True, title="commands", metavar="COMMAND")
    for command in COMMANDS:
        command.add_parser(subparsers)
    return parser


class _Version(argparse.Action):
    """Print the version. It is read only when requested, because package metadata is slow."""

    def __call__(self, parser: argparse.ArgumentParser, *_values: object, **_: object) -> None:
        from importlib.metadata import version

        print(f"{parser.prog} {version('package-release-mock')}")
        parser.exit()
