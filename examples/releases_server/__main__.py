"""python -m examples.releases_server"""

import argparse
import sqlite3
import sys
from pathlib import Path

from .app import App
from .database import prepare
from .server import Server

SHORTEST, LONGEST = 0.1, 86400.0


def main(arguments: list[str] | None = None) -> int:
    options = read_options(arguments)
    try:
        prepare(options.database)
    except sqlite3.Error as error:
        return complain(
            f"cannot open the database {options.database}: {error};"
            " name a file of this server, or a new one in a folder that can be written"
        )
    app = App(options.database, round(options.build_seconds * 1000))
    try:
        server = Server(options.host, options.port, app)
    except (OSError, OverflowError) as error:
        return complain(
            f"cannot listen on {options.host}:{options.port}: {error};"
            " choose another with --host and --port (0 takes any free port)"
        )
    with server:
        print(f"Listening on http://{options.host}:{server.server_address[1]}/api", flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            return 0
    return 0


def read_options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m examples.releases_server",
        description="Package releases and their builds, kept in a SQLite file.",
    )
    parser.add_argument("--host", default="127.0.0.1", help="default: %(default)s")
    parser.add_argument("--port", type=int, default=3200, help="default: %(default)s; 0: any free")
    parser.add_argument("--database", type=Path, default="releases.sqlite", metavar="FILE")
    parser.add_argument("--build-seconds", type=build_seconds, default=2.0, metavar="SECONDS")
    return parser.parse_args(arguments)


def build_seconds(text: str) -> float:
    seconds = float(text)
    if not SHORTEST <= seconds <= LONGEST:
        raise argparse.ArgumentTypeError(f"{text} is not from {SHORTEST} to {LONGEST} seconds")
    return seconds


def complain(message: str) -> int:
    print(message, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
