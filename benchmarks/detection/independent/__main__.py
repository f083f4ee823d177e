"""Run the server: `python -m benchmarks.detection.independent --port 8080 --defect NAME`."""

import argparse
from dataclasses import replace

from .api import Api, milliseconds
from .behaviour import Behaviour
from .data import initial_data
from .defects import DEFECTS
from .variants import VARIANTS
from .wire import Server

TOKENS = (
    "testuser-token=account-1234",
    "otheruser-token=account-5678",
    "third-token=account-9",
)


def arguments() -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(prog="independent")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="the port; 0 selects a free one")
    parser.add_argument("--defect", choices=sorted(DEFECTS), help="one defect")
    parser.add_argument("--variant", choices=sorted(VARIANTS), help="one unusual, correct server")
    parser.add_argument("--build-ms", type=int, default=400, help="the length of a build")
    parser.add_argument(
        "--token", action="append", metavar="TOKEN=ACCOUNT", help="a token and its account"
    )
    return parser.parse_args()


def behaviour_of(options: argparse.Namespace) -> Behaviour:
    """Return the behaviour for the options."""
    changes = DEFECTS[options.defect].changes if options.defect else {}
    changes = changes | (VARIANTS[options.variant].changes if options.variant else {})
    return replace(Behaviour(), **changes)


def main() -> None:
    """Serve until the process ends."""
    options = arguments()
    behaviour = behaviour_of(options)
    tokens = dict(pair.split("=", 1) for pair in options.token or TOKENS)
    data = behaviour.edit_data(initial_data(milliseconds()))
    api = Api(data, tokens, behaviour, behaviour.length or options.build_ms)
    server = Server((options.host, options.port), api)
    print(f"Listening on http://{options.host}:{server.server_port}/api", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
