"""The options ``--spec``, ``--overlay`` and ``--fixtures``, which all commands have."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from ..contract.violations import ContractError, Violation
from ..foundation.shipped_files import shipped

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]


def source_options() -> argparse.ArgumentParser:
    """Return a parser for the options, as a parent of the parser of a command."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument(
        "--spec", type=Path, metavar="FILE", help="OpenAPI document (default: shipped)"
    )
    parser.add_argument(
        "--overlay",
        action="append",
        default=[],
        type=Path,
        metavar="FILE",
        help="OpenAPI Overlay that changes the document; repeatable, in this order",
    )
    parser.add_argument(
        "--fixtures",
        type=Path,
        metavar="DIR",
        help="folder of fixtures (default: shipped)",
    )
    return parser


def source_paths(arguments: argparse.Namespace) -> tuple[Path, Path | None]:
    """Return the paths of the OpenAPI document and of the folder of fixtures.

    The folder is None if the document may have none: another document than the shipped one.
    """
    spec: Path = arguments.spec or _relative(shipped("openapi.yaml"))
    fixtures: Path | None = arguments.fixtures
    if fixtures is None and arguments.spec is None:
        fixtures = _relative(shipped("fixtures"))
    return spec, fixtures


def overlay_paths(arguments: argparse.Namespace) -> tuple[Path, ...]:
    """Return the paths of the overlays. Raises ContractError for files that do not exist."""
    missing = [path for path in arguments.overlay if not path.exists()]
    if missing:
        raise ContractError(
            Violation("--overlay", "no such file", found=str(path)) for path in missing
        )
    return tuple(arguments.overlay)


def _relative(path: Path) -> Path:
    """Return a path relative to the current folder if it is inside, for shorter messages."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
