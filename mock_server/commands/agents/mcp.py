"""``mock-server mcp``: let a coding agent control a mock, over MCP on stdin and stdout."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ...contract.violations import ContractError, Violation
from ..source_options import overlay_paths, source_options, source_paths

if TYPE_CHECKING:
    from ..source_options import Subparsers

ADDRESS = "http://127.0.0.1:3100"
INSTALL = "pip install 'package-release-mock[mcp]'"


def add_parser(subparsers: Subparsers) -> None:
    """Add the command to the parser of ``mock-server``."""
    parser = subparsers.add_parser(
        "mcp",
        parents=[source_options()],
        help="let a coding agent control a mock (MCP)",
        description="Serve tools for a coding agent over the Model Context Protocol, on stdin and "
        "stdout: control a running mock, check the files, and run the contract tests. It writes "
        f"no files. It needs an extra: {INSTALL}",
        epilog="exit codes: 0 the client has closed stdin; 2 wrong option, missing file or extra",
    )
    parser.add_argument(
        "--address",
        type=_url,
        default=ADDRESS,
        metavar="URL",
        help=f"scheme, host and port of the running mock (default: {ADDRESS})",
    )
    parser.add_argument(
        "--admin-token",
        default=os.environ.get("MOCK_ADMIN_TOKEN"),
        metavar="TOKEN",
        help="admin token of the mock, if it has one (default: the variable MOCK_ADMIN_TOKEN)",
    )
    parser.add_argument(
        "--target",
        type=_url,
        metavar="URL",
        help="base URL of a real server, which the agent may check against the contract; its "
        "tokens are settings of contract-tests, such as CONTRACT_TOKEN",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Serve the tools until the client closes stdin. Raises ContractError if a file is missing."""
    try:
        from .mock_tools import MockTools
        from .server import server_of
        from .source_tools import SourceTools
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "mcp":
            raise
        print(f"mock-server mcp needs the package mcp: {INSTALL}", file=sys.stderr)
        return 2
    spec, fixtures = source_paths(arguments)
    missing = [path for path in (spec, fixtures) if path is not None and not path.exists()]
    if missing:
        raise ContractError([Violation("path", "no such file", location=str(p)) for p in missing])
    overlays = overlay_paths(arguments)
    mock = MockTools(arguments.address, arguments.admin_token, spec, overlays)
    own_spec = arguments.spec is not None
    source = SourceTools(spec, fixtures, overlays, arguments.target, own_spec)
    if sys.stdin.isatty():
        print("waiting for messages of an MCP client on stdin", file=sys.stderr)
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # no exception can end the thread that reads stdin
    server_of(mock, source).run("stdio")
    return 0


def _url(text: str) -> str:
    """Return a URL. Raise ArgumentTypeError if it has another scheme than HTTP, or no host."""
    try:
        url = urlsplit(text)
        valid = url.scheme in ("http", "https") and url.hostname and url.port != 0
    except ValueError:
        valid = False
    if not valid:
        raise argparse.ArgumentTypeError(f"must be a URL such as {ADDRESS}; found {text}")
    return text
