"""Start the servers of tests/tools/frameworks: the API in FastAPI, Flask and Express."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.helpers.contract_runs import TOKENS, free_port

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "tests" / "tools" / "frameworks"
PYTHON = ROOT / ".venv-frameworks" / "bin" / "python"
NODE = ROOT / "node_modules" / ".bin" / "node"
UVICORN = (str(PYTHON), "-m", "uvicorn", "--log-level", "critical")

# Framework → the command that starts a version on a port.
COMMANDS = {
    "fastapi": (*UVICORN, "--port", "{port}", "{version}:app"),
    "flask": (str(PYTHON), "{version}.py"),
    "express": (str(NODE), "{version}.mjs"),
}
PACKAGES = ("ada/led-matrix", "@ada/usb-hub", "grace/clock")
OPTIONS = (*TOKENS, *(word for name in PACKAGES for word in ("--package", name)), "--wait", "60")


@contextmanager
def serving(framework: str, version: str) -> Iterator[str]:
    """Start a server and yield its base URL, at once: a run with OPTIONS waits until it responds.

    version: `first` has the defaults of the framework, `fixed` holds.
    """
    for program in (PYTHON, NODE):
        assert shutil.which(program), f"{program} is not installed: run `make test-tools`"
    port = free_port()
    _, ada_token, _, grace_token = TOKENS
    server = subprocess.Popen(
        [word.format(port=port, version=version) for word in COMMANDS[framework]],
        cwd=FOLDER / f"{framework}_server",
        env={**os.environ, "PORT": str(port), "ADA_TOKEN": ada_token, "GRACE_TOKEN": grace_token}
        | {"PYTHONDONTWRITEBYTECODE": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield f"http://127.0.0.1:{port}/api"
    finally:
        server.kill()
        server.wait()
