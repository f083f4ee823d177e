"""Run the commands of ``mock-server``, in this process or in another one."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import chdir, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from mock_server.cli import main
from tests.mock_server.helpers.copies import ROOT

PROGRAM = [sys.executable, "-c", "import sys; from mock_server.cli import main; sys.exit(main())"]


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT)}


@dataclass(frozen=True)
class CommandResult:
    """The exit code and the output of a command."""

    returncode: object
    stdout: str
    stderr: str


def run_command(*arguments: str | Path) -> CommandResult:
    """Run a command in this process, at the root of the repository."""
    output, errors = StringIO(), StringIO()
    with chdir(ROOT), redirect_stdout(output), redirect_stderr(errors):
        try:
            code: object = main([*map(str, arguments)])
        except SystemExit as exit_:
            code = exit_.code
    return CommandResult(code, output.getvalue(), errors.getvalue())


@contextmanager
def serving(*arguments: str | Path) -> Iterator[tuple[subprocess.Popen[str], str, str]]:
    """Run ``mock-server serve`` on a free port.

    Yields the process, the base URL of the API, and the text that it prints when it is ready.
    """
    process = subprocess.Popen(
        [*PROGRAM, "serve", "--port", "0", *map(str, arguments)],
        cwd=ROOT,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            assert process.stdout is not None
            lines = [process.stdout.readline(), process.stdout.readline()]
            assert lines[1].startswith("Ready on "), process.communicate()
            while not lines[-1].strip().startswith("curl"):
                lines.append(process.stdout.readline())
            yield process, lines[1].split()[2], "".join(lines)
        finally:
            process.kill()
