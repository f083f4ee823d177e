import json
import socket
import subprocess
import threading
import urllib.request

import yaml

from tests.helpers.programs import ROOT, environment, program


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def test_prism_serves_the_contract_without_warnings() -> None:
    """Prism mocks every operation, logs no warning or error, and responds to a GET with 200."""
    port = free_port()
    prism = subprocess.Popen(
        [program("prism"), "mock", "--port", str(port), "openapi.yaml"],
        cwd=ROOT,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert prism.stdout is not None
    timeout = threading.Timer(60, prism.kill)
    timeout.start()
    lines: list[str] = []
    try:
        for line in prism.stdout:
            lines.append(line)
            if "is listening on" in line:
                break
        else:
            raise AssertionError("Prism does not start:\n" + "".join(lines))
        address = f"http://127.0.0.1:{port}/packages/get?package_id=pkg_3"
        with urllib.request.urlopen(address, timeout=30) as response:
            body = json.load(response)
    finally:
        prism.terminate()
        lines.extend(prism.stdout)
        prism.wait()
        prism.stdout.close()
        timeout.cancel()
    assert body["ok"] is True
    assert "package_id" in body["package"]
    assert [line for line in lines if "warn" in line.lower() or "error" in line.lower()] == []
    contract = yaml.safe_load((ROOT / "openapi.yaml").read_text())
    assert sum("http://127.0.0.1" in line and "info" in line for line in lines) == sum(
        len(operations) for operations in contract["paths"].values()
    )
