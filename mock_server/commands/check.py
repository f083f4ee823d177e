"""``mock-server check``: check the spec and the fixtures, or some of the files."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from ..contract.violations import ContractError, Violation
from .printing import print_violations
from .source_options import source_options, source_paths

if TYPE_CHECKING:
    from .source_options import Subparsers


def add_parser(subparsers: Subparsers) -> None:
    """Add the command to the parser of ``mock-server``."""
    parser = subparsers.add_parser(
        "check",
        parents=[source_options()],
        help="check spec and fixtures",
        description="Check the OpenAPI document, the fixtures, the scenarios and the "
        "counter-examples. With PATH, check only these files.",
        epilog="exit codes: 0 all files are valid; 1 some are not; 2 wrong option or missing file",
    )
    parser.add_argument("paths", nargs="*", type=Path, metavar="PATH", help="file or folder")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the checks and print their result. Raise ContractError if a file does not exist."""
    from .checking import check_all, check_files  # heavy: not needed for --help

    spec, fixtures = source_paths(arguments)
    missing = [path for path in (*arguments.paths, spec) if not path.exists()]
    if missing:
        raise ContractError([Violation("path", "no such file", location=str(p)) for p in missing])
    try:
        if arguments.paths:
            result = check_files(arguments.paths, spec, fixtures)
        else:
            result = check_all(spec, fixtures)
    except ContractError as error:
        print_violations(error.violations)
        return 1
    for line in (*result.valid, *(f"note: {note}" for note in result.notes)):
        print(line)
    print_violations(result.violations)
    return 1 if result.violations else 0
