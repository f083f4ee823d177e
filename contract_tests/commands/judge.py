"""``contract-tests judge``: the verdict on recorded traffic, without a server."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from mock_server.foundation.command_line import Parser

from ..config.options import OPTIONS
from ..exit_codes import UNJUDGED
from .arguments import add_option, print_error, settings_of

USAGE = "contract-tests judge FILE.har … [OPTION …]"
JUDGE_OPTIONS = ("spec", "overlay", "config", "strict", "verbose", "write_baseline")


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command."""
    parser = Parser(
        prog="contract-tests judge",
        description="Judge recorded traffic by the contract: the requests, the responses, and how"
        " resources change from one to the next. Sends nothing.",
        epilog="Exit codes: 0 the recorded traffic keeps the contract, 1 it does not, 2 no exchange"
        " could be judged.",
        allow_abbrev=False,
    )
    help_ = "HAR file, from a browser, Playwright or a proxy"
    parser.add_argument("files", type=Path, nargs="+", metavar="FILE.har", help=help_)
    parser.add_argument(
        "--base",
        default="",
        metavar="URL",
        help="URL of the API in the recording (default: the paths of the document's servers)",
    )
    for option in OPTIONS:
        if option.name in JUDGE_OPTIONS or option.name.startswith("report_"):
            add_option(parser, option.name)
    return parser


def run(arguments: argparse.Namespace) -> int:
    """Judge recordings. Return the exit code of the verdict."""
    from mock_server.contract.document.loading import load
    from mock_server.contract.judge import judge_of
    from mock_server.contract.violations import ContractError
    from mock_server.foundation.shipped_files import shipped

    from ..conclusion import ending
    from ..recordings.concluding import verdict_on

    settings = settings_of(arguments)
    if settings is None:
        return UNJUDGED
    try:
        judge = judge_of(load(settings.spec or shipped("openapi.yaml"), settings.overlay))
        verdict = verdict_on(judge, arguments.files, arguments.base.rstrip("/"), settings)
    except (ContractError, OSError) as error:
        print_error(error)
        return UNJUDGED
    verdict, remarks = ending.conclude(verdict, settings, os.environ)
    for line in (*ending.lines(verdict, settings, os.environ), *remarks):
        print(line)
    return verdict.exit_code
