"""``mock-server schema``: print the JSON Schema of release files."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING

from .source_options import overlay_paths, source_options, source_paths

if TYPE_CHECKING:
    from .source_options import Subparsers


def add_parser(subparsers: Subparsers) -> None:
    """Add the command to the parser of ``mock-server``."""
    parser = subparsers.add_parser(
        "schema",
        parents=[source_options()],
        help="print the JSON Schema of release files",
        description="Print the JSON Schema of the files in fixtures/releases, with which an editor "
        "can complete and check them.",
        epilog="exit codes: 0 success; 2 wrong option or invalid spec",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the schema. Raise ContractError for an invalid spec."""
    from ..contract.document.loading import load  # heavy: not needed for --help
    from ..fixtures.file_schemas import editor_schema

    spec, _ = source_paths(arguments)
    print(
        json.dumps(
            editor_schema(load(spec, overlay_paths(arguments))), indent=2, ensure_ascii=False
        )
    )
    return 0
