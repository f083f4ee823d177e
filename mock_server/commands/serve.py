"""``mock-server serve``: serve the mock until a signal stops it."""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING

from ..foundation import timestamps
from ..foundation.clock import EARLIEST, LATEST
from .source_options import overlay_paths, source_options, source_paths

if TYPE_CHECKING:
    from .source_options import Subparsers

MAX_WORKERS = 64


def add_parser(subparsers: Subparsers) -> None:
    """Add the command to the parser of ``mock-server``."""
    parser = subparsers.add_parser(
        "serve",
        parents=[source_options()],
        help="serve the mock",
        description="Serve the mock until SIGINT or SIGTERM.",
        epilog="exit codes: 0 stopped by a signal; 2 wrong option, invalid file, or an address or "
        "store that cannot be used",
    )
    _add_server_options(add_address_options(parser))
    _add_session_options(parser)
    add_access_options(parser)
    _add_token_options(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Serve the mock. Raise ContractError for files, an address or a store that are unusable."""
    from .running.serving import serve  # heavy: not needed for --help

    return serve(arguments, *source_paths(arguments), overlay_paths(arguments))


def add_address_options(parser: argparse.ArgumentParser) -> argparse._ArgumentGroup:
    """Add the options for the address and the log; return their group."""
    group = parser.add_argument_group("server")
    group.add_argument(
        "--host", default="127.0.0.1", help="address to listen on (default: %(default)s)"
    )
    group.add_argument(
        "--port",
        type=_port,
        default=3100,
        help="port to listen on; 0 chooses a free one (default: %(default)s)",
    )
    group.add_argument("--quiet", action="store_true", help="do not log requests")
    return group


def _add_server_options(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--workers",
        type=_worker_count,
        default=1,
        metavar="N",
        help=f"number of processes, up to {MAX_WORKERS}; more than one need a shared --store "
        "(default: %(default)s)",
    )
    group.add_argument(
        "--page-url",
        action="append",
        default=[],
        dest="page_urls",
        metavar="URL",
        help="URL of your own page for a resource, which the gallery shows in every state; {NAME} "
        "is a property, and {session} the session; repeatable, for other types of resources",
    )
    group.add_argument(
        "--watch", action="store_true", help="reload the spec and the fixtures when they change"
    )


def _add_token_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("tokens")
    group.add_argument(
        "--token",
        action="append",
        default=[],
        metavar="TOKEN=KEY",
        help="also accept this token for the caller with this key; repeatable",
    )
    group.add_argument(
        "--any-token", action="store_true", help="accept any token, for the first caller"
    )


def add_access_options(parser: argparse.ArgumentParser) -> None:
    """Add the options for who may open the gallery and the control API."""
    group = parser.add_argument_group("access")
    group.add_argument(
        "--allow-host",
        action="append",
        default=[],
        metavar="NAME",
        help="also serve the gallery and the control API (/_mock) at this host name; repeatable",
    )
    group.add_argument(
        "--allow-origin",
        action="append",
        default=[],
        metavar="ORIGIN",
        help="let pages of this origin, such as http://localhost:5173, use the control API; "
        "repeatable",
    )
    group.add_argument(
        "--admin-token",
        metavar="TOKEN",
        help="token for /_mock; required if other machines can reach the mock",
    )


def _add_session_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("sessions")
    group.add_argument(
        "--now",
        type=_timestamp,
        metavar="TIMESTAMP",
        help="time at which the clock of each session starts, in RFC 3339 (default: the time of "
        "the machine)",
    )
    group.add_argument(
        "--store",
        metavar="URL",
        default=os.environ.get("MOCK_STORE") or "memory:",
        help="where sessions are stored: memory:, sqlite:///FILE or redis://HOST:PORT/DATABASE "
        "(default: the variable MOCK_STORE, else memory:)",
    )


def _worker_count(text: str) -> int:
    if text.isdecimal() and 1 <= int(text) <= MAX_WORKERS:
        return int(text)
    raise argparse.ArgumentTypeError(
        f"must be a whole number from 1 to {MAX_WORKERS}; found {text!r}"
    )


def _port(text: str) -> int:
    if text.isdigit() and int(text) <= 65535:
        return int(text)
    raise argparse.ArgumentTypeError(f"must be a number from 0 to 65535; found {text!r}")


def _timestamp(text: str) -> int:
    """Return an RFC 3339 timestamp in milliseconds since 1970."""
    try:
        milliseconds = timestamps.parse(text)
    except ValueError:
        milliseconds = -1
    if EARLIEST <= milliseconds <= LATEST:
        return milliseconds
    bounds = f"from {timestamps.to_text(EARLIEST)} to {timestamps.to_text(LATEST)}"
    raise argparse.ArgumentTypeError(f"must be an RFC 3339 timestamp {bounds}; found {text!r}")
