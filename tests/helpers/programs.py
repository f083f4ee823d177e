"""The Node programs of node_modules, started with the Node that lies beside them."""

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
    """The path of a program of node_modules; an absent one fails the test that asks for it."""
    found = BIN / name
    assert found.exists(), f"{name} is not installed: run these tests with `make test-tools`"
    return str(found)


def run(
    name: str,
    *arguments: str | Path,
    cwd: Path = ROOT,
    more: Mapping[str, str] | None = None,
    timeout: float = 120,
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end, its stderr joined to its stdout; more: of its environment."""
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
    """What Playwright prints of tests that all pass, with the mock at that address."""
    chromium = shutil.which("chromium")
    assert chromium, "chromium is not installed: run these tests with `make test-tools`"
    more = {"MOCK": address, "CHROMIUM": chromium, "CI": "1"}
    result = run("playwright", "test", "--config", config, more=more, timeout=900)
    assert result.returncode == 0, result.stdout
    return result.stdout
