"""In a fresh clone, `make serve` is enough to send a request."""

import json
import os
import re
import signal
import subprocess
import threading
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_make_serve_in_a_fresh_clone_sets_up_and_responds(tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "--quiet", ROOT, clone], check=True)
    environment = {
        name: text
        for name, text in os.environ.items()
        if not name.startswith("MAKE") and name not in {"MFLAGS", "ARGS", "VIRTUAL_ENV"}
    }
    server = subprocess.Popen(
        ["make", "serve", "ARGS=--port 0"],
        cwd=clone,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    assert server.stdout is not None
    watch = threading.Timer(400, os.killpg, [server.pid, signal.SIGKILL])
    watch.start()
    try:
        address = ready(server)
        request = urllib.request.Request(
            f"{address}/api/package_releases/get",
            data=b'{"package_release_id": "rel_successful"}',
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=30) as response:
            body = json.load(response)
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(timeout=30)
        server.stdout.close()
        watch.cancel()
    assert body["ok"] is True
    assert body["package_release"]["package_release_id"] == "rel_successful"


def ready(server: subprocess.Popen[str]) -> str:
    """Return the address that the server prints."""
    lines: list[str] = []
    for line in server.stdout or ():
        lines.append(line)
        if match := re.search(r"http://[\w.]+:\d+", line):
            return match[0]
    raise AssertionError("make serve does not start:\n" + "".join(lines))
