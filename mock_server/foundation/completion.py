"""Completion of commands and options in shells, as a script that shtab makes of a parser."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping

SHELLS = ("bash", "zsh")
INSTALL = "pip install 'package-release-mock[completion]'"
FILES, FOLDER = ("FILE", "FILE.har", "PATH"), "DIR"  # the metavars of paths


def print_completion(parser: argparse.ArgumentParser, shell: str) -> int:
    """Print the script of a shell on stdout. Return the exit code: 0, or 2 without the extra."""
    try:
        import shtab
    except ModuleNotFoundError:
        print(f"completion needs the package shtab: {INSTALL}", file=sys.stderr)
        return 2
    _complete_paths(parser, dict.fromkeys(FILES, shtab.FILE) | {FOLDER: shtab.DIRECTORY})
    print(shtab.complete(parser, shell), end="")
    return 0


def _complete_paths(parser: argparse.ArgumentParser, kinds: Mapping[str, object]) -> None:
    """Mark the arguments that are paths. argparse has no public list of the arguments."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for each in action.choices.values():
                _complete_paths(each, kinds)
        elif isinstance(action.metavar, str) and action.metavar in kinds:
            action.complete = kinds[action.metavar]  # type: ignore[attr-defined]  # read by shtab
