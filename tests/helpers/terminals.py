"""Run a program on a pseudo-terminal."""

import os
import pty
import subprocess
from pathlib import Path

from tests.helpers.contract_runs import ROOT


def on_terminal(command: list[str], folder: Path, **environment: str) -> tuple[int, str]:
    """Run a command with a terminal as its output; return the exit code and what it printed."""
    terminal, output = pty.openpty()
    running = subprocess.Popen(
        command,
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), "PATH": "", "TERM": "xterm", **environment},
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
    )
    os.close(output)
    printed = bytearray()
    try:
        while chunk := os.read(terminal, 65536):
            printed += chunk
    except OSError:
        pass  # Linux reports the end of a terminal as an error
    finally:
        os.close(terminal)
    return running.wait(60), printed.decode("utf-8").replace("\r\n", "\n")
