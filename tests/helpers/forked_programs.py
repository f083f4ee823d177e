"""Run a program's `main` in a fork of a process that has imported its modules.

The import of the modules takes longer than many contract runs. One process imports them once, and
each run is a fork of that process, with its own working directory and environment.
"""

import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from multiprocessing import forkserver
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from pathlib import Path
from unittest import mock

IMPORTED = "tests.helpers.contract_run_imports"


@dataclass(frozen=True)
class Running:
    """A running process, and the folder with the files `out` and `err` that it prints to."""

    name: str
    process: BaseProcess
    outputs: tempfile.TemporaryDirectory[str]

    def result(self, timeout: float = 180) -> subprocess.CompletedProcess[str]:
        """Wait for the end and return the exit status and output.

        Kills the process and raises TimeoutExpired after `timeout` seconds.
        """
        self.process.join(timeout)
        if self.process.exitcode is None:
            self.process.kill()
            self.process.join()
            raise subprocess.TimeoutExpired(self.name, timeout, self._printed("out"))
        with self.outputs:
            printed = self._printed("out"), self._printed("err")
        return subprocess.CompletedProcess(self.name, self.process.exitcode, *printed)

    def _printed(self, name: str) -> str:
        return Path(self.outputs.name, name).read_text("utf-8")


def start(
    module: str, arguments: Sequence[str], folder: Path, environment: Mapping[str, str]
) -> Running:
    """Call `main(arguments)` of a module in a new process.

    The environment replaces that of the current process.
    """
    outputs = tempfile.TemporaryDirectory()
    process = _context().Process(
        target=_call,
        args=(module, [*arguments], folder, dict(environment), Path(outputs.name)),
    )
    process.start()
    return Running(module, process, outputs)


@cache
def _context() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([IMPORTED])
    # Some modules read the environment when they are imported: Hypothesis looks for `CI`.
    with mock.patch.dict(os.environ, {"PYTHONPATH": os.pathsep.join(sys.path)}, clear=True):
        forkserver.ensure_running()
    return context


def _call(
    module: str, arguments: list[str], folder: Path, environment: dict[str, str], outputs: Path
) -> None:
    # As in a terminal: what runs in the background of a shell inherits that SIGINT is ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    for stream, name in ((1, "out"), (2, "err")):
        descriptor = os.open(outputs / name, os.O_WRONLY | os.O_CREAT)
        os.dup2(descriptor, stream)
        os.close(descriptor)
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", encoding="utf-8", closefd=False, buffering=1)  # noqa: SIM115
    sys.argv = [module, *arguments]
    try:
        sys.exit(import_module(module).main(arguments))
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
