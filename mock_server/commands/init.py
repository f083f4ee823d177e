"""``mock-server init``: write the first files for a mock of a document."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .source_options import Subparsers


def add_parser(subparsers: Subparsers) -> None:
    """Add the command to the parser of ``mock-server``."""
    parser = subparsers.add_parser(
        "init",
        help="write an overlay with examples and a folder of fixtures for a document",
        description="Write an OpenAPI Overlay with examples that you can edit, and a folder of "
        "fixtures. Print which resources the document seems to have. No file is overwritten.",
        epilog="exit codes: 0 success; 2 wrong option, invalid document, or a file that exists",
    )
    parser.add_argument("--spec", type=Path, required=True, metavar="FILE", help="OpenAPI document")
    parser.add_argument(
        "--output",
        type=Path,
        default=Path("mock"),
        metavar="DIR",
        help="folder of the new files (default: %(default)s)",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Write the files. Raise ContractError for an invalid document and for existing files."""
    from ..contract.document.loading import load  # heavy: not needed for --help
    from ..contract.judge import judge_of
    from ..contract.openapi.files import parse_file
    from ..foundation.clock import wall
    from ..scaffolding.files import OVERLAY, STATIC, scaffold, write
    from ..scaffolding.overlay import described

    spec, folder = arguments.spec, arguments.output
    files = scaffold(judge_of(load(spec)), folder, wall())
    write(files.files)
    operations = {each.operation.id for each in files.examples}
    count = sum(len(each.examples) for each in files.examples)
    print(f"{folder / OVERLAY}: {count} examples for {len(operations)} operations")
    if not files.examples and "swagger" in parse_file(spec).data:
        print("note: Swagger 2.0 has no named examples; convert the document to OpenAPI 3 for them")
    print(f"{folder / STATIC}: responses for paths that the document does not describe")
    print("inferred" if files.resources else "inferred   no resources")
    for resource in files.resources:
        print(f"  {described(resource)}")
    sources = f"--spec {spec} --overlay {folder / OVERLAY} --fixtures {(folder / STATIC).parent}"
    print(f"next\n  mock-server check {sources}\n  mock-server serve {sources}")
    return 0
