"""``mock-server schema``: print the JSON Schema of fixture files."""

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
        help="print the JSON Schema of fixture files",
        description="Print the JSON Schema of the fixtures of a type of resource, with which an "
        "editor can complete and check them.",
        epilog="exit codes: 0 success; 2 wrong option or invalid spec",
    )
    parser.add_argument(
        "--type",
        metavar="NAME",
        help="type of resource; by default the first one with a timeline, or else the first one",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the schema. Raise ContractError for an invalid spec, or a type that it lacks."""
    from ..contract.document.loading import load  # heavy: not needed for --help
    from ..contract.violations import ContractError, Violation, nearest
    from ..fixtures.file_schemas import editor_schema

    path, _ = source_paths(arguments)
    spec = load(path, overlay_paths(arguments))
    types = {each.name: each for each in (*spec.with_timelines, *spec.types.values())}
    name = arguments.type or next(iter(types), "")
    if name not in types:
        message = "must be a type of resource (a schema with x-resource)"
        raise ContractError(
            [Violation("--type", message, "", name or "none", nearest(name, types))]
        )
    print(json.dumps(editor_schema(spec, types[name]), indent=2, ensure_ascii=False))
    return 0
