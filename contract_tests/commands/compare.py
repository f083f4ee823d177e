"""``contract-tests compare``: the same requests to two targets, and which side is wrong."""

from __future__ import annotations

import argparse
import sys

from mock_server.foundation.command_line import Parser

from ..exit_codes import BROKEN, HOLDS, UNJUDGED
from .arguments import add_option, print_error, settings_of

USAGE = "contract-tests compare --target A --target B [OPTION …]"
OPTIONS_OF_RUNS = (
    *("token", "other_token", "header", "package", "release_id", "spec", "overlay", "config"),
    *("seed", "request_timeout", "rate", "wait", "proxy", "read_only"),
)


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command."""
    parser = Parser(
        prog="contract-tests compare",
        description="Send the same sequences of requests to two targets, such as a mock and a real"
        " server, or an old and a new one. Each difference is shrunk, and names the side that"
        " stands alone: a target, the document, or the fixtures.",
        epilog="Exit codes: 0 no side stands alone, 1 one does, 2 the targets could not be"
        " compared.",
        allow_abbrev=False,
    )
    help_ = "base URL of a target; give it twice"
    parser.add_argument("--target", action="append", default=[], metavar="URL", help=help_)
    for name in OPTIONS_OF_RUNS:
        add_option(parser, name)
    return parser


def run(arguments: argparse.Namespace) -> int:
    """Compare two targets. Return 0, 1 or 2."""
    from mock_server.contract.violations import ContractError

    from ..compare.comparing import compare, lines, strict

    targets, arguments.target = arguments.target, None
    if len(targets) != 2:
        print(f"--target: give two base URLs; found {len(targets)}", file=sys.stderr)
        return UNJUDGED
    settings = settings_of(arguments)
    if settings is None:
        return UNJUDGED
    try:
        comparison = compare(settings, (targets[0].rstrip("/"), targets[1].rstrip("/")))
    except ContractError as error:
        print_error(error)
        return UNJUDGED
    print(*lines(comparison), sep="\n")
    return BROKEN if strict(comparison).differences else HOLDS
