"""``mock-server export``: write an export for a frontend, or check one."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from .printing import print_violations
from .source_options import overlay_paths, source_options, source_paths

if TYPE_CHECKING:
    from .source_options import Subparsers

FORMATS = """\
formats:
  json         a JSON file per fixture and scenario
  typescript   types and constants
  zod          Zod schemas
  msw          request handlers for Mock Service Worker
  client       control a mock from JavaScript, and a session per test in Playwright"""


def add_parser(subparsers: Subparsers) -> None:
    """Add the command to the parser of ``mock-server``."""
    parser = subparsers.add_parser(
        "export",
        parents=[source_options()],
        help="write data, types, schemas or handlers for frontends",
        formatter_class=argparse.RawDescriptionHelpFormatter,  # keeps the lines of the epilog
        description="Write an export for a frontend, or check whether one is up to date.",
        epilog=f"{FORMATS}\n\nexit codes: 0 success; 1 --check found a problem; "
        "2 wrong option or invalid file",
    )
    parser.add_argument(
        "--format",
        required=True,
        choices=("json", "typescript", "zod", "msw", "client"),
        help="json, typescript, zod, msw or client",
        metavar="FORMAT",
    )
    parser.add_argument(
        "--out", required=True, type=Path, metavar="DIR", help="folder of the export"
    )
    parser.add_argument(
        "--check",
        action="store_true",
        help="write nothing; report whether the export in the folder is up to date",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Write or check an export. Raise ContractError for invalid files and an unusable folder."""
    from ..app.sources import load_sources  # heavy: not needed for --help
    from ..export import exports

    judge, fixtures = load_sources(*source_paths(arguments), overlay_paths(arguments))
    if arguments.check:
        problems = exports.problems(judge, fixtures, arguments.format, arguments.out)
        print_violations(problems)
        if problems:
            command = f"mock-server export --format {arguments.format} --out {arguments.out}"
            print(f"to update the export, run: {command}", file=sys.stderr)
        else:
            print(f"{arguments.out}: up to date")
        return 1 if problems else 0
    stamp = exports.write(judge, fixtures, arguments.format, arguments.out)
    print(f"{arguments.out}: {', '.join(stamp.summary())}")
    return 0
