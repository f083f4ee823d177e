"""``mock-server proxy``: forward requests to a real server, and judge what it does."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from .serve import add_access_options, add_address_options
from .source_options import overlay_paths, source_options, source_paths

if TYPE_CHECKING:
    from .source_options import Subparsers

REPORTS = ("json", "junit", "html", "sarif")


def add_parser(subparsers: Subparsers) -> None:
    """Add the command to the parser of ``mock-server``."""
    parser = subparsers.add_parser(
        "proxy",
        parents=[source_options()],
        help="forward requests to a real server, and judge both by the contract",
        description="Forward all requests to a real server, unchanged, and judge every request and "
        "response by the contract. At the end, print the verdict.",
        epilog="exit codes, after a signal: 0 the traffic kept the contract, or there was none; "
        "1 it did not; 2 wrong option, invalid file, or an address that cannot be used",
    )
    parser.add_argument(
        "--upstream",
        required=True,
        metavar="URL",
        help="base URL of the real server, such as http://127.0.0.1:3000",
    )
    parser.add_argument(
        "--enforce",
        action="store_true",
        help="turn violations into errors: refuse invalid requests, and respond 502 in place of an "
        "invalid response",
    )
    parser.add_argument(
        "--fallback",
        action="store_true",
        help="let the mock respond where the server lacks an operation, or cannot be reached",
    )
    parser.add_argument(
        "--timeout",
        type=_seconds,
        default=30.0,
        metavar="SECONDS",
        help="limit for waiting for the server (default: 30)",
    )
    parser.add_argument(
        "--record",
        type=Path,
        metavar="FILE.har",
        help="keep the exchanges, without credentials, in a new HAR file",
    )
    for kind in REPORTS:
        help_ = f"write the verdict at the end as {kind.upper()}"
        parser.add_argument(f"--report-{kind}", metavar="FILE", help=help_)
    add_address_options(parser)
    add_access_options(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the proxy. Raise ContractError for files or an address that are unusable."""
    from .running.proxying import run_proxy  # heavy: not needed for --help

    return run_proxy(arguments, *source_paths(arguments), overlay_paths(arguments))


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if 0 < seconds <= 3600:
        return seconds
    raise argparse.ArgumentTypeError(f"must be a number of seconds up to 3600; found {text!r}")
