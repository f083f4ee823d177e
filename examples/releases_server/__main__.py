"""The command line: python -m examples.releases_server"""

import argparse
import sqlite3
import sys
from pathlib import Path

from .app import App
from .database import prepare
from .server import Server

MIN_BUILD_SECONDS, MAX_BUILD_SECONDS = 0.1, 86400.0


def main(arguments: list[str] | None = None) -> int:
    """Serve until Ctrl-C. Return the exit code: 0, or 2 if the server cannot start."""
    options = parse_options(arguments)
    try:
        prepare(options.database)
    except sqlite3.Error as error:
        return report_error(
            f"cannot open the database {options.database}: {error};"
            " use --database with a file of this server, or with a new file in a writable folder"
        )
    app = App(options.database, round(options.build_seconds * 1000))
    try:
        server = Server(options.host, options.port, app)
    except (OSError, OverflowError) as error:
        return report_error(
            f"cannot listen on {options.host}:{options.port}: {error};"
            " choose another address with --host and --port (0 selects a free port)"
        )
    with server:
        print(f"Listening on http://{options.host}:{server.server_address[1]}/api", flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            return 0
    return 0


def parse_options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m examples.releases_server",
        description="Serve package releases and their builds from a SQLite file.",
    )
    parser.add_argument("--host", default="127.0.0.1", help="default: %(default)s")
    parser.add_argument(
        "--port", type=int, default=3200, help="default: %(default)s; 0 selects a free port"
    )
    parser.add_argument(
        "--database",
        type=Path,
        default="releases.sqlite",
        metavar="FILE",
        help="created with example data if it does not exist (default: %(default)s)",
    )
    parser.add_argument(
        "--build-seconds",
        type=build_seconds,
        default=2.0,
        metavar="SECONDS",
        help="the duration of a build (default: %(default)s)",
    )
    return parser.parse_args(arguments)


def build_seconds(text: str) -> float:
    """Parse the value of --build-seconds. Raise ArgumentTypeError if it is out of range."""
    seconds = float(text)
    if not MIN_BUILD_SECONDS <= seconds <= MAX_BUILD_SECONDS:
        raise argparse.ArgumentTypeError(
            f"must be from {MIN_BUILD_SECONDS} to {MAX_BUILD_SECONDS} seconds; found {text}"
        )
    return seconds


def report_error(message: str) -> int:
    """Print a message to standard error and return exit code 2."""
    print(message, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
