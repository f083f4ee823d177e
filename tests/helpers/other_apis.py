"""Start the servers of tests/tools/other_apis: three other APIs, each with its own document."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.helpers.contract_runs import free_port
from tests.helpers.framework_servers import NODE, PYTHON, ROOT, UVICORN

FOLDER = ROOT / "tests" / "tools" / "other_apis"


@dataclass(frozen=True)
class OtherApi:
    """A server of another API.

    command: starts it on a port. document: its OpenAPI document. base_path: of its server.
    credentials: the options of a contract run. faults: those that the server can have, each with a
    pattern for the rule of its finding.
    """

    command: tuple[str, ...]
    document: str
    base_path: str
    credentials: tuple[str, ...]
    faults: dict[str, str]


EVERYWHERE = {
    "missing-property": "required",
    "wrong-type": "type",
    "no-authentication": "credentials",
    "crash": "status 500",
    "another-resource": "another-item",
    "still-found": "deleted",
    "not-created": "created",
}
APIS = {
    "deployments": OtherApi(
        (*UVICORN, "--port", "{port}", "server:app"),
        "openapi.json",
        "",
        ("--token", "deployer-token"),
        EVERYWHERE
        | {
            "wrong-status": "status",
            "undocumented-status": "status",
            "accepts-invalid": "invalid-request",
        },
    ),
    "bookshop": OtherApi(
        (str(PYTHON), "server.py"),
        "openapi.yaml",
        "/shop",
        ("--header", "X-Api-Key: bookshop-key"),
        EVERYWHERE
        | {"wrong-status": "status", "undocumented-status": "status", "missing-header": "header"},
    ),
    "parcels": OtherApi(
        (str(NODE), "server.mjs"),
        "openapi.yaml",
        "/v2",
        ("--token", "parcel-token"),
        EVERYWHERE
        | {
            "wrong-status": "content-type",  # 302 is documented by `default`, but not its body
            "problem-without-title": "required",
            "wrong-media-type": "content-type",
            "accepts-invalid": "invalid-request",
        },
    ),
}


def document_of(name: str) -> Path:
    """Return the OpenAPI document of an API."""
    return FOLDER / name / APIS[name].document


@contextmanager
def serving(name: str, fault: str = "") -> Iterator[str]:
    """Start a server and yield its base URL, at once: a run with --wait waits until it responds."""
    for program in (PYTHON, NODE):
        assert shutil.which(program), f"{program} is not installed: run `make test-tools`"
    port, api = free_port(), APIS[name]
    server = subprocess.Popen(
        [word.format(port=port) for word in api.command],
        cwd=FOLDER / name,
        env={**os.environ, "PORT": str(port), "FAULT": fault, "PYTHONDONTWRITEBYTECODE": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield f"http://127.0.0.1:{port}{api.base_path}"
    finally:
        server.kill()
        server.wait()
