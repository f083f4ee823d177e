"""The options that commands share, and the settings that follow from them."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from ..config.options import OPTIONS, Settings
from ..exit_codes import CannotJudgeError


def settings_of(arguments: argparse.Namespace) -> Settings | None:
    """Return the settings; None, with the problems printed, if they are invalid."""
    from mock_server.contract.violations import ContractError

    from ..config.configuration import resolve
    from ..target.roles import statuses_of

    flags = {option.name: getattr(arguments, option.name, None) for option in OPTIONS}
    try:
        return resolve(flags, os.environ, Path.cwd(), statuses_of)
    except ContractError as error:
        for violation in error.violations:
            print(violation, file=sys.stderr)
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


def print_error(error: CannotJudgeError) -> None:
    """Print on stderr why a command cannot judge."""
    from ..reports.printable import printable

    print(*map(printable, str(error).split("\n")), sep="\n", file=sys.stderr)
