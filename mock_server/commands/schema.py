"""``mock-server schema``: print the JSON Schema of the fixtures of a type."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING

from ..contract.violations import ContractError, Violation, nearest
from .source_options import overlay_paths, source_options, source_paths

if TYPE_CHECKING:
    from ..contract.document.resources.types import ResourceType
    from ..contract.document.spec import Spec
    from .source_options import Subparsers


def add_parser(subparsers: Subparsers) -> None:
    """Add the command to the parser of ``mock-server``."""
    parser = subparsers.add_parser(
        "schema",
        parents=[source_options()],
        help="print the JSON Schema of fixtures",
        description="Print the JSON Schema of the fixtures of a type of resource, with which an "
        "editor can complete and check them.",
        epilog="exit codes: 0 success; 2 wrong option or invalid spec",
    )
    parser.add_argument(
        "--type",
        metavar="NAME",
        help="schema with x-resource (default: the first one with x-timeline, else the first one)",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the schema. Raise ContractError for an invalid spec, and an unknown type."""
    from ..contract.document.loading import load  # heavy: not needed for --help
    from ..fixtures.file_schemas import editor_schema

    path, _ = source_paths(arguments)
    spec = load(path, overlay_paths(arguments))
    schema = editor_schema(spec, _type(spec, arguments.type))
    print(json.dumps(schema, indent=2))
    return 0


def _type(spec: Spec, name: str | None) -> ResourceType:
    """Return a type of resource by its name, or the default. Raise ContractError if it has none."""
    default = next(iter((*spec.with_timelines, *spec.types.values())), None)
    found = spec.types.get(name) if name is not None else default
    if found is None:
        fix = nearest(name or "", spec.types) if spec.types else "add x-resource to a schema"
        message = "must name a schema with x-resource"
        raise ContractError([Violation("--type", message, found=name or "none", fix=fix)])
    return found
