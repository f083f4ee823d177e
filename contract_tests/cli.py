"""The command ``contract-tests``. The commands import slow modules only when they run."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Mapping
from typing import Any, Protocol

from .commands import compare, completion, diff, judge, merge, replay, run
from .commands.arguments import print_error
from .exit_codes import UNJUDGED, CannotJudgeError
from .process import interruption
from .process.output import tolerant_output


class Command(Protocol):
    """A module with a command."""

    USAGE: str

    def parser(self) -> argparse.ArgumentParser:
        """Return the parser of the command."""

    def run(self, arguments: argparse.Namespace) -> int:
        """Run the command, and return the exit code. Raises CannotJudgeError."""


COMMANDS: Mapping[str, Command] = {
    "replay": replay,
    "merge": merge,
    "judge": judge,
    "diff": diff,
    "compare": compare,
    "completion": completion,
}


def main(argv: list[str] | None = None) -> int:
    """Run a command, by default the checks, and return the exit code: 0, 1 or 2 (`exit_codes`)."""
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
    command = COMMANDS.get(words[0]) if words else None
    if command is not None:
        try:
            return command.run(command.parser().parse_args(words[1:]))
        except CannotJudgeError as error:
            print_error(error)
            return UNJUDGED
    usages = [each.USAGE for each in COMMANDS.values()]
    return run.run(run.parser(_Version, usages).parse_args(words))


class _Version(argparse.Action):
    """Print the version. It is read only when requested, because package metadata is slow."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        from importlib.metadata import version

        print(f"{parser.prog} {version('package-release-mock')}")
        parser.exit()


if __name__ == "__main__":
    sys.exit(main())
