"""contract-tests: the contract run as a command, a thin front on pytest.

What is heavy is imported when it is needed, so that ``--help`` is quick.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from .config.options import OPTIONS, SECRETS, Settings
from .config.sharding import Shard
from .exit_codes import BROKEN, HOLDS, UNJUDGED, CannotJudgeError

HERE = Path(__file__).parent
ENDING = ("config", "findings", "write_baseline")  # options that matter after a run
QUIET = ("-qq", "--no-header", "--tb=no", "-rN", "-p", "no:cacheprovider", "-p", "no:warnings")


def main(argv: list[str] | None = None) -> int:
    """Judges a target, merges verdicts or replays a finding: 0 when it holds or is fixed, 1 when
    not, 2 when that could not be judged."""
    words = sys.argv[1:] if argv is None else argv
    if words[:1] == ["replay"]:
        return _replay(_replay_parser().parse_args(words[1:]))
    if words[:1] == ["merge"]:
        return _merge(_merge_parser().parse_args(words[1:]))
    told = _parser().parse_args(words)
    if _settings(told) is None:
        return UNJUDGED
    more = [f"--junitxml={Path(told.junit).resolve()}"] if told.junit else []
    more += ["-k", told.k] if told.k else []
    return _pytest(
        str(HERE), _flags({each.name: getattr(told, each.name) for each in OPTIONS}), more
    )


def _settings(told: argparse.Namespace) -> Settings | None:
    """The settings, or None when something is wrong with them, which is told."""
    from mock_server.contract.violations import ContractError

    from .config.configuration import resolve, statuses_of

    given = {option.name: getattr(told, option.name, None) for option in OPTIONS}
    try:
        return resolve(given, os.environ, Path.cwd(), statuses_of)
    except ContractError as error:
        for violation in error.violations:
            print(violation, file=sys.stderr)
        return None


def _flags(values: dict[str, Any]) -> list[str]:
    """The settings as options of pytest."""
    flags = []
    for option in OPTIONS:
        value = values.get(option.name)
        if option.switch:
            flags += [option.flag] if value else []
        else:
            listed = value if option.several else [value]
            flags += [f"{option.flag}={each}" for each in listed or () if each is not None]
    return flags


def _pytest(what: str, flags: list[str], more: list[str]) -> int:
    import pytest
    from hypothesis.configuration import set_hypothesis_home_dir

    arguments = [what, "-c", str(HERE / "run.ini"), "--rootdir", str(HERE.parent)]
    # the plugin by its module, whether the package is installed or only checked out
    arguments += ["-p", "no:contract_tests", "-p", "contract_tests.config.options"]
    with tempfile.TemporaryDirectory() as folder:
        set_hypothesis_home_dir(folder)  # else it leaves one of its own where it is run
        status = int(pytest.main([*arguments, *QUIET, "--assert=plain", *flags, *more]))
    if status == pytest.ExitCode.NO_TESTS_COLLECTED:
        print("could not be judged: no check is selected", file=sys.stderr)
    return status if status in (HOLDS, BROKEN) else UNJUDGED


def _replay(told: argparse.Namespace) -> int:
    from .replay.finding_files import read
    from .replay.replay import replay

    try:
        kept = read(told.file)
        now = _settings(told)
        if now is None:
            return UNJUDGED
        known = {field.name for field in fields(Settings)}
        then = {name: value for name, value in kept.settings.items() if name in known}
        then = {n: tuple(v) if isinstance(v, list) else v for n, v in then.items()}
        then |= {"spec": Path(then["spec"])} if then.get("spec") else {}
        then |= {"target": now.target} if now.target else {}
        then |= {"shard": Shard.read(then["shard"])} if "shard" in then else {}
        settings = replace(Settings(**then), token=now.token, other_token=now.other_token)
        line, status = replay(kept, settings, _run_check)
    except CannotJudgeError as error:
        print(error, file=sys.stderr)
        return UNJUDGED
    print(line)
    return status


def _merge(told: argparse.Namespace) -> int:
    from .conclusion import ending
    from .conclusion.merging import merged
    from .findings.baseline import today
    from .reports import from_json

    now = _settings(told)
    if now is None:
        return UNJUDGED
    try:
        verdict = merged([(str(file), from_json.read(file)) for file in told.files], today())
    except CannotJudgeError as error:
        print(error, file=sys.stderr)
        return UNJUDGED
    settings = ending.merge_settings(verdict, now)
    verdict = replace(verdict, findings_folder=str(settings.findings))
    verdict, remarks = ending.conclude(verdict, settings, os.environ)
    for line in (*ending.lines(verdict, settings, os.environ), *remarks):
        print(line)
    return verdict.exit_code


def _run_check(check: str, settings: Settings) -> int:
    values = {option.name: getattr(settings, option.name) for option in OPTIONS}
    return _pytest(str(HERE / "checks" / check), _flags(values), [])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="contract-tests",
        usage="contract-tests [OPTION …]\n       contract-tests replay FILE [OPTION …]"
        "\n       contract-tests merge FILE … [OPTION …]",
        description="Says of a live implementation whether it keeps the contract.",
        epilog="Each option has an environment variable (CONTRACT_TARGET) and most a key in"
        " contract-tests.toml. Exit codes: 0 it holds, 1 it does not, 2 it could not be judged.",
        allow_abbrev=False,
    )
    for option in OPTIONS:
        _add(parser, option.name)
    parser.add_argument("--junit", metavar="FILE", help="write pytest's own JUnit report there")
    parser.add_argument("-k", metavar="EXPR", help="only checks whose name matches, as in pytest")
    return parser


def _replay_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="contract-tests replay",
        description="Sends the requests of a kept finding again.",
        epilog="Exit codes: 0 it is fixed, 1 it is reproduced or different now, 2 it could not be"
        " judged.",
        allow_abbrev=False,
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="as a run has written it")
    for name in ("target", *SECRETS, "config"):
        _add(parser, name)
    return parser


def _merge_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="contract-tests merge",
        description="Makes one verdict of those that the shards of a run have written.",
        epilog="Exit codes: as those of a run; also 2 when a shard is missing, or is of another"
        " run.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "files", type=Path, nargs="+", metavar="FILE", help="as --report-json has written it"
    )
    for option in OPTIONS:
        if option.name in ENDING or option.name.startswith("report_"):
            _add(parser, option.name)
    return parser


def _add(parser: argparse.ArgumentParser, name: str) -> None:
    option = next(each for each in OPTIONS if each.name == name)
    if option.switch:
        parser.add_argument(option.flag, action="store_const", const="true", help=option.help)
        return
    parser.add_argument(
        option.flag,
        metavar=option.metavar,
        help=option.help,
        action="append" if option.several else "store",
        default=[] if option.several else None,
    )


if __name__ == "__main__":
    sys.exit(main())
