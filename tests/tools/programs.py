"""The Node programs of node_modules, started with the Node that lies beside them."""

import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
BIN = ROOT / "node_modules" / ".bin"


def environment() -> dict[str, str]:
    return {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "NO_COLOR": "1"}


def program(name: str) -> str:
    """The path of a program of node_modules; an absent one fails the test that asks for it."""
    found = BIN / name
    assert found.exists(), f"{name} is not installed: run these tests with `make test-tools`"
    return str(found)


def run(name: str, *arguments: str | Path, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run a program to its end, its stderr joined to its stdout."""
    return subprocess.run(
        [program(name), *map(str, arguments)],
        cwd=cwd,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=False,
    )
