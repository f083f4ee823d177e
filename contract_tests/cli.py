"""contract-tests: the contract run as a command, a thin front on pytest."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis.configuration import set_hypothesis_home_dir

from .options import OPTIONS
from .verdict import BROKEN, HOLDS, UNJUDGED

HERE = Path(__file__).parent


def main(argv: list[str] | None = None) -> int:
    """Judges a target: 0 when it holds, 1 when it does not, 2 when it could not be judged."""
    told = _parser().parse_args(argv)
    arguments = [str(HERE), "-c", str(HERE / "run.ini"), "--rootdir", str(HERE.parent)]
    # the plugin by its module, whether the package is installed or only checked out
    arguments += ["-p", "no:contract_tests", "-p", "contract_tests.options"]
    arguments += [
        "-qq",
        "--no-header",
        "--tb=no",
        "-rN",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:warnings",
        "--assert=plain",
    ]
    for option in OPTIONS:
        value = getattr(told, option.name)
        for each in value if option.several else [value]:
            if each is not None:
                arguments.append(f"{option.flag}={each}")
    if told.junit:
        arguments.append(f"--junitxml={Path(told.junit).resolve()}")
    if told.k:
        arguments += ["-k", told.k]
    with tempfile.TemporaryDirectory() as folder:
        set_hypothesis_home_dir(folder)  # else it leaves one of its own where it is run
        status = int(pytest.main(arguments))
    if status == pytest.ExitCode.NO_TESTS_COLLECTED:
        print(f"could not be judged: nothing is selected by -k {told.k}", file=sys.stderr)
    return status if status in (HOLDS, BROKEN) else UNJUDGED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="contract-tests",
        description="Says of a live implementation whether it keeps the contract.",
        epilog="Exit codes: 0 it holds, 1 it does not, 2 it could not be judged.",
        allow_abbrev=False,
    )
    for option in OPTIONS:
        parser.add_argument(
            option.flag,
            metavar=option.metavar,
            help=option.help,
            type=option.read,
            required=option.name == "target",
            action="append" if option.several else "store",
            default=[] if option.several else None,
        )
    parser.add_argument("--junit", metavar="FILE", help="write a JUnit report there")
    parser.add_argument("-k", metavar="EXPR", help="only checks whose name matches, as in pytest")
    return parser


if __name__ == "__main__":
    sys.exit(main())
