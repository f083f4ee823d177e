"""``mock-server check``: check the spec and the fixtures, or some of the files."""

from __future__ import annotations

import argparse
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..contract.violations import ContractError, Violation, is_failure
from .printing import lines, print_violations
from .source_options import overlay_paths, source_options, source_paths

if TYPE_CHECKING:
    from .checking import Result
    from .source_options import Subparsers


EXIT_CODES = """\
exit codes:
  0  everything is valid; notes are printed
  1  problems in the fixtures, in other files, or in the responses of the mock
  2  wrong option, missing file, or a document that cannot be served"""


def add_parser(subparsers: Subparsers) -> None:
    """Add the command to the parser of ``mock-server``."""
    parser = subparsers.add_parser(
        "check",
        parents=[source_options()],
        help="check spec and fixtures, and the responses of the mock",
        formatter_class=argparse.RawDescriptionHelpFormatter,  # keeps the lines of the epilog
        description="Check the OpenAPI document, the fixtures, the scenarios and the\n"
        "counter-examples. Then send requests to the mock in memory, and check its\n"
        "responses. With PATH, check only these files.",
        epilog=EXIT_CODES,
    )
    parser.add_argument("paths", nargs="*", type=Path, metavar="PATH", help="file or folder")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the checks and print their result.

    Raises ContractError if a file does not exist, and for a document that cannot be served.
    """
    spec, fixtures = source_paths(arguments)
    missing = [path for path in (*arguments.paths, spec) if not path.exists()]
    if missing:
        raise ContractError([Violation("path", "no such file", location=str(p)) for p in missing])
    result = result_of(arguments.paths, spec, fixtures, overlay_paths(arguments))
    for line in result.valid:
        print(line)
    for note in lines(result.notes):
        print(f"note: {note}")
    print_violations(result.violations)
    return 1 if result.violations else 0


def result_of(
    paths: Sequence[Path], spec: Path, fixtures: Path | None, overlays: Sequence[Path]
) -> Result:
    """Check a spec, its fixtures and the responses of the mock, or only the files at paths.

    Raises ContractError for a document that cannot be served, and for a bug of this program.
    """
    from .checking import check_all, check_files  # heavy: not needed for --help

    sources = (spec, fixtures, overlays)
    try:
        return check_files([*paths], *sources) if paths else check_all(*sources)
    except (ContractError, OSError):
        raise
    except BaseException as error:  # a document must never end in a traceback
        if not is_failure(error):
            raise
        raise ContractError([_internal_error(error, spec)]) from error


def _internal_error(error: BaseException, spec: Path) -> Violation:
    """Return a bug of this program as a violation, with the line that raised the error."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    found = f"{type(error).__name__}: {error} ({Path(last.filename).name}:{last.lineno})"
    message = "mock-server failed on this document, which is a bug of mock-server"
    return Violation("internal", message, found=found[:300], location=str(spec))
