"""Serve the API: ``python -m examples.deployments.server --port 3180``."""

import argparse
import contextlib

from .bugs import BUGS
from .server import PREFIX, Server
from .service import Service


def main() -> None:
    parser = argparse.ArgumentParser(prog="deployments", description="Serve the deployments API.")
    parser.add_argument("--port", type=int, default=3180, help="0 chooses a free one")
    parser.add_argument("--build-seconds", type=float, default=6, metavar="SECONDS")
    parser.add_argument("--bug", choices=sorted(BUGS), help="plant a bug")
    arguments = parser.parse_args()
    service = BUGS.get(arguments.bug, Service)(round(arguments.build_seconds * 1000))
    with Server(arguments.port, service) as server:
        print(f"Ready on http://127.0.0.1:{server.server_address[1]}{PREFIX}", flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            server.serve_forever()


if __name__ == "__main__":
    main()
