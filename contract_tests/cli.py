"""The command ``contract-tests``: runs the checks with pytest, merges verdicts, replays findings.

Slow imports are inside functions, so that ``--help`` is fast.
"""

from __future__ import annotations

import argparse
import io
import os
import signal
import sys
import tempfile
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import replace
from pathlib import Path
from typing import Any

from .config.options import OPTIONS, SECRETS, Settings
from .exit_codes import BROKEN, HOLDS, UNJUDGED, CannotJudgeError
from .process import interruption
from .process.output import tolerant_output, without_foreign_settings

HERE = Path(__file__).parent
MERGE_OPTIONS = ("config", "findings", "write_baseline")  # besides those of reports
QUIET = ("-qq", "--no-header", "--tb=no", "-rN", "-p", "no:cacheprovider", "-p", "no:warnings")


def main(argv: list[str] | None = None) -> int:
    """Run, merge or replay, and return the exit code: 0, 1 or 2 (see ``exit_codes``)."""
    handlers = {each: signal.getsignal(each) for each in interruption.SIGNALS}
    words = sys.argv[1:] if argv is None else argv
    interruption.forget()
    interruption.listen(raises=words[:1] == ["replay"])
    try:
        with tolerant_output():
            return _main(words)
    except KeyboardInterrupt:
        print(interruption.reason() or "interrupted", file=sys.stderr)
        return UNJUDGED
    finally:
        if argv is not None:  # otherwise the process ends, and its exit code must not change
            for number, handler in handlers.items():
                signal.signal(number, handler)


def _main(words: list[str]) -> int:
    if words[:1] == ["replay"]:
        return _replay(_replay_parser().parse_args(words[1:]))
    if words[:1] == ["merge"]:
        return _merge(_merge_parser().parse_args(words[1:]))
    arguments = _parser().parse_args(words)
    if _settings(arguments) is None:
        return UNJUDGED
    flags = _flags({option.name: getattr(arguments, option.name) for option in OPTIONS})
    flags += [f"--junitxml={Path(arguments.junit).resolve()}"] if arguments.junit else []
    flags += ["-k", arguments.k] if arguments.k else []
    return _run_pytest(str(HERE), flags)


def _settings(arguments: argparse.Namespace) -> Settings | None:
    """Return the settings; None, with the problems printed, if they are invalid."""
    from mock_server.contract.violations import ContractError

    from .config.configuration import resolve, statuses_of

    flags = {option.name: getattr(arguments, option.name, None) for option in OPTIONS}
    try:
        return resolve(flags, os.environ, Path.cwd(), statuses_of)
    except ContractError as error:
        for violation in error.violations:
            print(violation, file=sys.stderr)
        return None


def _flags(values: dict[str, Any]) -> list[str]:
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


def _run_pytest(tests: str, flags: list[str]) -> int:
    """Run checks with pytest, and return 0, 1 or 2."""
    import pytest
    from hypothesis.configuration import set_hypothesis_home_dir

    arguments = [tests, "-c", str(HERE / "run.ini"), "--rootdir", str(HERE.parent)]
    # Load the plugin by module: the entry point exists only if the package is installed.
    arguments += ["-p", "no:contract_tests", "-p", "contract_tests.config.options"]
    with tempfile.TemporaryDirectory() as folder, without_foreign_settings():
        set_hypothesis_home_dir(folder)  # otherwise it creates .hypothesis in the current folder
        status = int(pytest.main([*arguments, *QUIET, "--assert=plain", *flags]))
    if status == pytest.ExitCode.NO_TESTS_COLLECTED:
        print("could not be judged: -k or [checks] selects no check", file=sys.stderr)
    return status if status in (HOLDS, BROKEN) else UNJUDGED


def _replay(arguments: argparse.Namespace) -> int:
    from .replay.finding_files import read
    from .replay.replay import check_stored_target, replay, stored_settings
    from .reports.printable import printable

    try:
        finding = read(arguments.file)
        current = _settings(arguments)
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
    except CannotJudgeError as error:
        _print_error(error)
        return UNJUDGED
    print(printable(line))
    return exit_code


def _print_error(error: CannotJudgeError) -> None:
    from .reports.printable import printable

    print(*map(printable, str(error).split("\n")), sep="\n", file=sys.stderr)


def _run_check(check: str, settings: Settings) -> tuple[int, str]:
    """Run one check with these settings alone; return the exit code and the first line."""
    from .check_items import node_id

    values = {option.name: getattr(settings, option.name) for option in OPTIONS}
    environment, output = dict(os.environ), io.StringIO()
    with tempfile.NamedTemporaryFile(suffix=".toml") as empty:
        values["config"] = empty.name
        for name in [name for name in environment if name.startswith(("CONTRACT_", "GITHUB_"))]:
            del os.environ[name]
        try:
            with redirect_stdout(output), redirect_stderr(output):
                exit_code = _run_pytest(node_id(check), _flags(values))
        finally:
            os.environ.update(environment)
    return exit_code, output.getvalue().strip().partition("\n")[0]


def _merge(arguments: argparse.Namespace) -> int:
    from .conclusion import ending
    from .conclusion.merging import merged
    from .findings.baseline import today
    from .reports import from_json

    current = _settings(arguments)
    if current is None:
        return UNJUDGED
    try:
        verdict = merged([(str(file), from_json.read(file)) for file in arguments.files], today())
    except CannotJudgeError as error:
        _print_error(error)
        return UNJUDGED
    settings = ending.merge_settings(verdict, current)
    verdict = replace(verdict, findings_folder=str(settings.findings))
    verdict, remarks = ending.conclude(verdict, settings, os.environ)
    for line in (*ending.lines(verdict, settings, os.environ), *remarks):
        print(line)
    return verdict.exit_code


class _Version(argparse.Action):
    """Print the version. It is read only when requested, because package metadata is slow."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        from importlib.metadata import version

        print(f"{parser.prog} {version('package-release-mock')}")
        parser.exit()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="contract-tests",
        usage="contract-tests [OPTION …]\n       contract-tests replay FILE [OPTION …]"
        "\n       contract-tests merge FILE … [OPTION …]",
        description="Check whether a live server follows the contract, openapi.yaml. A run restarts"
        " resources of the server, except with --read-only.",
        epilog="Each option has an environment variable, such as CONTRACT_TARGET, and most have a"
        " key in contract-tests.toml. Exit codes: 0 the contract holds, 1 it does not hold, 2 it"
        " could not be judged.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version and exit")
    for option in OPTIONS:
        _add(parser, option.name)
    parser.add_argument("--junit", metavar="FILE", help="write pytest's JUnit report of the checks")
    parser.add_argument("-k", metavar="EXPR", help="run only checks whose name matches (pytest -k)")
    return parser


def _replay_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="contract-tests replay",
        description="Send the requests of a finding again.",
        epilog="Exit codes: 0 the finding is fixed, 1 it is reproduced or different now, 2 it could"
        " not be judged.",
        allow_abbrev=False,
    )
    help_ = "finding file, from the folder .contract-findings"
    parser.add_argument("file", type=Path, metavar="FILE", help=help_)
    for name in ("target", *SECRETS, "header", "proxy", "rate", "config"):
        _add(parser, name)
    return parser


def _merge_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="contract-tests merge",
        description="Combine the verdicts of all shards of a run.",
        epilog="Exit codes: those of a run; 2 also if a shard is missing, or belongs to another"
        " run.",
        allow_abbrev=False,
    )
    help_ = "verdict of a shard, written with --report-json"
    parser.add_argument("files", type=Path, nargs="+", metavar="FILE", help=help_)
    for option in OPTIONS:
        if option.name in MERGE_OPTIONS or option.name.startswith("report_"):
            _add(parser, option.name)
    return parser


def _add(parser: argparse.ArgumentParser, name: str) -> None:
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


if __name__ == "__main__":
    sys.exit(main())
