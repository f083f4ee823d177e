"""``mock-server record``: make fixtures and scenarios of recorded traffic."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from .source_options import overlay_paths, source_options, source_paths

if TYPE_CHECKING:
    from .source_options import Subparsers

FOLDER = Path("fixtures")


def add_parser(subparsers: Subparsers) -> None:
    """Add the command to the parser of ``mock-server``."""
    parser = subparsers.add_parser(
        "record",
        parents=[source_options()],
        help="make fixtures of recorded traffic",
        description="Make a fixture of each state that recorded traffic shows, and a scenario of "
        "each resource that was seen in several states. Credentials are removed. No file is "
        "overwritten.",
        epilog="exit codes: 0 files were written; 1 the recording shows no state that can be a "
        "fixture; 2 wrong option or invalid file",
    )
    help_ = "HAR file, from a browser, Playwright or `mock-server proxy --record`"
    parser.add_argument("recordings", type=Path, nargs="+", metavar="FILE.har", help=help_)
    help_ = "URL of the API in the recording (default: the paths of the document's servers)"
    parser.add_argument("--base", default="", metavar="URL", help=help_)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Write the files. Raise ContractError and OSError for files that cannot be read."""
    from ..app.sources import fixtures_folder, load_sources  # heavy: not needed for --help
    from ..contract.traffic.har import read_har
    from ..scaffolding.files import write
    from ..scaffolding.recorded.files import checked, recorded_files
    from ..scaffolding.recorded.states import recording_of

    spec, folder = source_paths(arguments)
    judge, fixtures = load_sources(spec, folder, overlay_paths(arguments))
    folder = fixtures_folder(judge, folder)
    base = arguments.base.rstrip("/")
    exchanges = (each for path in arguments.recordings for each in read_har(path, base))
    made = checked(judge, folder, recorded_files(judge, fixtures, recording_of(judge, exchanges)))
    output = folder or FOLDER
    write({output / path: text for path, text in made.files.items()})
    for path in made.files:
        print(f"{output / path}")
    for reason in made.left_out:
        print(f"left out: {reason}")
    if not made.files:
        print("the recording shows no new state of a resource with a timeline")
        return 1
    print(f"next\n  mock-server check --spec {spec} --fixtures {output}")
    return 0
