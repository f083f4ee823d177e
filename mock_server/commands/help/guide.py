"""``mock-server guide``: print a short guide for coding agents."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..source_options import Subparsers


def add_parser(subparsers: Subparsers) -> None:
    """Add the command to the parser of ``mock-server``."""
    parser = subparsers.add_parser(
        "guide",
        help="print a guide for coding agents",
        description="Print a short guide, in Markdown: the commands, the extensions of documents "
        "and how to make a state.",
        epilog="exit codes: 0 success; 2 wrong option",
    )
    parser.set_defaults(run=run)


def run(_arguments: argparse.Namespace) -> int:
    """Print the guide."""
    print(guide(), end="")
    return 0


def guide() -> str:
    """Return the guide for coding agents."""
    return Path(__file__).with_suffix(".md").read_text("utf-8")
