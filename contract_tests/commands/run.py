"""``contract-tests``: runs the checks against a live server, with pytest."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from mock_server.foundation.command_line import Parser

from ..config.options import OPTIONS
from ..exit_codes import BROKEN, HOLDS, UNJUDGED
from ..process.output import without_foreign_settings
from .arguments import add_option, settings_of

PACKAGE = Path(__file__).parents[1]
QUIET = ("-qq", "--no-header", "--tb=no", "-rN", "-p", "no:cacheprovider", "-p", "no:warnings")


def run(arguments: argparse.Namespace) -> int:
    """Run the checks. Return 0, 1 or 2."""
    if settings_of(arguments) is None:
        return UNJUDGED
    flags = pytest_flags({option.name: getattr(arguments, option.name) for option in OPTIONS})
    flags += [f"--junitxml={Path(arguments.junit).resolve()}"] if arguments.junit else []
    flags += ["-k", arguments.k] if arguments.k else []
    return run_pytest(str(PACKAGE), flags)


def parser(version: type[argparse.Action], commands: Iterable[str]) -> argparse.ArgumentParser:
    """Return the parser of a run. commands: the usage of each other command."""
    parser = Parser(
        prog="contract-tests",
        usage="\n       ".join(["contract-tests [OPTION …]", *commands]),
        description="Check whether a live server follows the contract, openapi.yaml. A run restarts"
        " resources of the server, except with --read-only.",
        epilog="Each option has an environment variable, such as CONTRACT_TARGET, and most have a"
        " key in contract-tests.toml. Exit codes: 0 the contract holds, 1 it does not hold, 2 it"
        " could not be judged.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action=version, nargs=0, help="print the version and exit")
    for option in OPTIONS:
        add_option(parser, option.name)
    parser.add_argument("--junit", metavar="FILE", help="write pytest's JUnit report of the checks")
    parser.add_argument("-k", metavar="EXPR", help="run only checks whose name matches (pytest -k)")
    return parser


def pytest_flags(values: dict[str, Any]) -> list[str]:
    """Return settings as command line options of pytest."""
    flags = []
    for option in OPTIONS:
        value = values.get(option.name)
        if option.is_flag:
            flags += [option.pytest_flag] if value else []
        else:
            texts = value if option.repeatable else [value]
            flags += [f"{option.pytest_flag}={text}" for text in texts or () if text is not None]
    return flags


def run_pytest(tests: str, flags: list[str]) -> int:
    """Run checks with pytest, and return 0, 1 or 2."""
    import pytest
    from hypothesis.configuration import set_hypothesis_home_dir

    arguments = [tests, "-c", str(PACKAGE / "run.ini"), "--rootdir", str(PACKAGE.parent)]
    # Load the plugin by module: the entry point exists only if the package is installed.
    arguments += ["-p", "no:contract_tests", "-p", "contract_tests.config.options"]
    with tempfile.TemporaryDirectory() as folder, without_foreign_settings():
        set_hypothesis_home_dir(folder)  # otherwise it creates .hypothesis in the current folder
        status = int(pytest.main([*arguments, *QUIET, "--assert=plain", *flags]))
    if status == pytest.ExitCode.NO_TESTS_COLLECTED:
        print("could not be judged: -k or [checks] selects no check", file=sys.stderr)
    return status if status in (HOLDS, BROKEN) else UNJUDGED
