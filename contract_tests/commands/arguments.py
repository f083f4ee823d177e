"""The options that commands share, and the settings that follow from them."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ..config.options import OPTIONS, Settings
from ..exit_codes import CannotJudgeError

if TYPE_CHECKING:
    from mock_server.contract.violations import ContractError


def settings_of(arguments: argparse.Namespace) -> Settings | None:
    """Return the settings; None, with the problems printed, if they are invalid."""
    from mock_server.contract.violations import ContractError

    from ..config.configuration import resolve
    from ..target.roles import statuses_of

    flags = {option.name: getattr(arguments, option.name, None) for option in OPTIONS}
    try:
        return resolve(flags, os.environ, Path.cwd(), statuses_of)
    except ContractError as error:
        print_error(error)
        return None


def add_option(parser: argparse.ArgumentParser, name: str) -> None:
    """Add the option with a name."""
    option = next(option for option in OPTIONS if option.name == name)
    if option.is_flag:
        parser.add_argument(option.flag, action="store_const", const="true", help=option.help)
        return
    parser.add_argument(
        option.flag,
        metavar=option.metavar,
        help=option.help,
        action="append" if option.repeatable else "store",
        default=[] if option.repeatable else None,
    )


def print_error(error: CannotJudgeError | ContractError | OSError) -> None:
    """Print on stderr why a command cannot judge: each problem on a line."""
    from ..reports.printable import printable

    if isinstance(error, OSError):
        lines = [f"{error.filename}: {error.strerror}"]
    elif isinstance(error, CannotJudgeError):
        lines = str(error).split("\n")
    else:
        lines = [str(violation) for violation in error.violations]
    print(*map(printable, lines), sep="\n", file=sys.stderr)
