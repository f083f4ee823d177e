"""``contract-tests replay``: sends the requests of a finding again."""

from __future__ import annotations

import argparse
import io
import os
import tempfile
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import replace
from pathlib import Path

from mock_server.foundation.command_line import Parser

from ..config.options import OPTIONS, SECRETS, Settings
from ..exit_codes import UNJUDGED
from .arguments import add_option, settings_of
from .run import pytest_flags, run_pytest

USAGE = "contract-tests replay FILE [OPTION …]"


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command."""
    parser = Parser(
        prog="contract-tests replay",
        description="Send the requests of a finding again.",
        epilog="Exit codes: 0 the finding is fixed, 1 it is reproduced or different now, 2 it could"
        " not be judged.",
        allow_abbrev=False,
    )
    help_ = "finding file, from the folder .contract-findings"
    parser.add_argument("file", type=Path, metavar="FILE", help=help_)
    for name in ("target", *SECRETS, "header", "proxy", "rate", "config"):
        add_option(parser, name)
    return parser


def run(arguments: argparse.Namespace) -> int:
    """Replay a finding. Return 0 if it is fixed, 1 if not, 2 if it could not be judged."""
    from ..replay.finding_files import read
    from ..replay.replay import check_stored_target, replay, stored_settings
    from ..reports.printable import printable

    finding = read(arguments.file)
    current = settings_of(arguments)
    if current is None:
        return UNJUDGED
    settings = replace(
        stored_settings(finding),
        token=current.token,
        other_token=current.other_token,
        header=current.header,
        proxy=current.proxy,
        rate=current.rate,
    )
    if current.target:
        settings = replace(settings, target=current.target)
    else:
        check_stored_target(settings)
    line, exit_code = replay(finding, settings, _run_check)
    print(printable(line))
    return exit_code


def _run_check(check: str, settings: Settings) -> tuple[int, str]:
    """Run one check with these settings alone; return the exit code and the first line."""
    from ..check_items import node_id

    values = {option.name: getattr(settings, option.name) for option in OPTIONS}
    environment, output = dict(os.environ), io.StringIO()
    with tempfile.NamedTemporaryFile(suffix=".toml") as empty:
        values["config"] = empty.name
        for name in [name for name in environment if name.startswith(("CONTRACT_", "GITHUB_"))]:
            del os.environ[name]
        try:
            with redirect_stdout(output), redirect_stderr(output):
                exit_code = run_pytest(node_id(check), pytest_flags(values))
        finally:
            os.environ.update(environment)
    return exit_code, output.getvalue().strip().partition("\n")[0]
