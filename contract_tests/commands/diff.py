"""``contract-tests diff``: what the changes of a document break."""

from __future__ import annotations

import argparse
from pathlib import Path

from mock_server.foundation.command_line import Parser

from ..exit_codes import BROKEN, HOLDS, UNJUDGED
from .arguments import add_option, print_error, settings_of

USAGE = "contract-tests diff OLD NEW [OPTION …]"
SIDES = ("clients", "servers", "any", "none")


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command."""
    parser = Parser(
        prog="contract-tests diff",
        description="Compare two versions of an OpenAPI document: which changes break clients,"
        " which break servers, and which fixtures, scenarios, exports and accepted findings no"
        " longer fit.",
        epilog="Exit codes: 0 no change breaks the side of --fail-on, 1 one does, 2 a document"
        " cannot be read.",
        allow_abbrev=False,
    )
    help_ = "earlier document: a file, or REVISION:FILE in git, such as HEAD:openapi.yaml"
    parser.add_argument("old", metavar="OLD", help=help_)
    parser.add_argument("new", metavar="NEW", help="later document: the same")
    help_ = "folder of fixtures to check (default: the folder fixtures beside NEW, if it exists)"
    parser.add_argument("--fixtures", type=Path, metavar="DIR", help=help_)
    help_ = "side whose breaking changes fail: %(choices)s (default: %(default)s)"
    parser.add_argument("--fail-on", choices=SIDES, default="clients", help=help_)
    help_ = "rewrite the fixtures and scenarios for NEW: renamed properties and words, added ones"
    parser.add_argument("--migrate", action="store_true", help=help_)
    help_ = "write the differences as JSON"
    parser.add_argument("--report-json", type=Path, metavar="FILE", help=help_)
    add_option(parser, "config")
    return parser


def run(arguments: argparse.Namespace) -> int:
    """Compare two documents. Return 0, 1 or 2."""
    from mock_server.contract.violations import ContractError
    from mock_server.foundation import whole_files

    from ..diff import report
    from ..diff.changes import breaking
    from ..diff.comparing import compared, migrated

    settings = settings_of(argparse.Namespace(config=arguments.config, report_json=None))
    if settings is None:
        return UNJUDGED
    try:
        difference = compared(arguments.old, arguments.new, arguments.fixtures, settings.accept)
        if arguments.report_json:
            whole_files.write(arguments.report_json, report.as_json(difference).encode())
        print(*report.lines(difference), sep="\n")
        if arguments.migrate:
            print("", *migrated(difference, arguments.fixtures), sep="\n")
    except (ContractError, OSError) as error:
        print_error(error)
        return UNJUDGED
    return BROKEN if breaking(difference.changes, arguments.fail_on) else HOLDS
