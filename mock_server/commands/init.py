"""``mock-server init``: write the first files for a mock of a document."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..scaffolding.resources import Proposal
    from .source_options import Subparsers


def add_parser(subparsers: Subparsers) -> None:
    """Add the command to the parser of ``mock-server``."""
    parser = subparsers.add_parser(
        "init",
        help="write an overlay and a folder of fixtures for a document",
        description="Write an OpenAPI Overlay that describes the resources which the document "
        "seems to have, a folder of fixtures of them, and examples for the other operations. You "
        "can edit them all. No file is overwritten.",
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
    from ..contract.openapi.files import parse_file
    from ..foundation.clock import wall
    from ..scaffolding.files import STATIC, scaffold, write
    from ..scaffolding.verification import FIXTURES, OVERLAY

    spec, folder = arguments.spec, arguments.output
    loaded = load(spec)
    made = scaffold(loaded, folder, wall())
    write(made.files)
    operations = {each.operation.id for each in made.examples}
    count = sum(len(each.examples) for each in made.examples)
    resources = _counted(len(made.proposals), "resource")
    examples = f"{_counted(count, 'example')} for {_counted(len(operations), 'operation')}"
    has_overlay = folder / OVERLAY in made.files
    if has_overlay:
        print(f"{folder / OVERLAY}: {resources}, {examples}")
    if not made.examples and "swagger" in parse_file(spec).data:
        print("note: Swagger 2.0 has no named examples; convert the document to OpenAPI 3 for them")
    counts = [f"{count} {name}" for name, count in made.counts.items()]
    if counts:
        print(f"{folder / FIXTURES}: {', '.join(counts)}")
    print(f"{folder / FIXTURES / STATIC}: responses for paths that the document does not describe")
    print("inferred" if made.proposals else "inferred   no resources")
    for each in made.proposals:
        print(f"  {described(each)}")
    sources = f"--spec {spec}" + (f" --overlay {folder / OVERLAY}" if has_overlay else "")
    if not loaded.types:  # the document's own resources have fixtures beside it
        sources += f" --fixtures {folder / FIXTURES}"
    print(f"next\n  mock-server check {sources}\n  mock-server serve {sources}")
    return 0


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def described(proposal: Proposal) -> str:
    """Return what was inferred about a resource, in one line."""
    text = f"{proposal.schema}: the key is {proposal.key} (GET {proposal.path})"
    if proposal.parent:
        text += f"; its parent is {proposal.parent[0]} ({proposal.parent[1]})"
    if proposal.lifecycle:
        words = (f"{word} ({phase})" for word, phase in proposal.lifecycle.phases.items())
        names = " and ".join(part.name for part in proposal.lifecycle.parts)
        text += f"; the status is {names}: {', '.join(words)}"
    return text
