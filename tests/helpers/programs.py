"""Run the programs of node_modules with the Node that is installed there."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]
BIN = ROOT / "node_modules" / ".bin"


def environment() -> dict[str, str]:
    return {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "NO_COLOR": "1"}


def program(name: str) -> str:
    """Return the path of a program of node_modules; fail the test if it is not installed."""
    path = BIN / name
    assert path.exists(), f"{name} is not installed: run these tests with `make test-tools`"
    return str(path)


def run(
    name: str,
    *arguments: str | Path,
    cwd: Path = ROOT,
    more: Mapping[str, str] | None = None,
    timeout: float = 120,
) -> subprocess.CompletedProcess[str]:
    """Run a program; its stdout includes its stderr.

    more: variables to add to the environment.
    timeout: in seconds.
    """
    return subprocess.run(
        [program(name), *map(str, arguments)],
        cwd=cwd,
        env={**environment(), **(more or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=timeout,
        check=False,
    )


def in_chromium(config: str | Path, address: str) -> str:
    """Run tests with Playwright against the mock at an address; return the output.

    Fails the test unless all pass.
    """
    chromium = shutil.which("chromium")
    assert chromium, "chromium is not installed: run these tests with `make test-tools`"
    more = {"MOCK": address, "CHROMIUM": chromium, "CI": "1"}
    result = run("playwright", "test", "--config", config, more=more, timeout=900)
    assert result.returncode == 0, result.stdout
    return result.stdout
