"""The servers that are compared: how each one starts, and which requests it supports.

All of them get the same work: the same request, validated as far as the server can, and the same
response bytes as those of the mock.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from .load.requests import (
    GET,
    GET_ANY,
    HEADERS,
    REBUILD,
    REJECTED,
    RELEASE,
    UNIQUE_GET,
    UNIQUE_REJECTED,
    Request,
)

ROOT = Path(__file__).parents[1]
PEERS = ROOT / "benchmarks/peers"
NODE_PROGRAMS = PEERS / "node_modules/.bin"
WIREMOCK_JAR = next((PEERS / "node_modules/wiremock/build").glob("*.jar"), PEERS / "wiremock.jar")
MOCK_SERVER = Path(sys.executable).with_name("mock-server")
ERROR = json.dumps({"error": {"error_code": "invalid_request", "message": "Invalid request"}})
SBIN = "/usr/sbin"
JOURNAL_SIZE = 1000  # exchanges: the limit of the mock

OURS, PRISM, NGINX = "mock-server", "Prism", "nginx, a file"
WIREMOCK, WIREMOCK_JOURNAL = "WireMock, no journal", "WireMock, journal"

Command = Sequence[str | Path]


@dataclass(frozen=True)
class Workspace:
    """What a contender gets to run with.

    folder: for its files; its working directory. port, spare_port: free ports.
    response: the body that a stub returns.
    """

    folder: Path
    port: int
    spare_port: int
    response: str


@dataclass(frozen=True)
class Contender:
    """A server that is compared.

    prepare: writes its files and returns the commands that start it.
    requests: those that it supports.
    prefix: of its paths.
    warm_up: seconds of load before the measurement.
    help_command: prints its help text; empty if this is not measured.
    """

    name: str
    prepare: Callable[[Workspace], Sequence[Command]]
    requests: Sequence[Request] = (GET, REJECTED)
    prefix: str = "/api"
    warm_up: float = 3
    help_command: Command = ()


def environment() -> dict[str, str]:
    """Return the environment variables of all contenders.

    PATH has the pinned Node first, and at its end the folder in which Debian installs nginx. Python
    may write bytecode, as it does where nobody changes its settings.
    """
    path = os.pathsep.join([str(NODE_PROGRAMS), os.environ["PATH"], SBIN])
    variables = {**os.environ, "PATH": path}
    variables.pop("PYTHONDONTWRITEBYTECODE", None)
    return variables


def _mock(workspace: Workspace, *options: str) -> list[Command]:
    return [[MOCK_SERVER, "serve", "--port", str(workspace.port), "--quiet", *options]]


def _mock_with_sqlite(workspace: Workspace) -> list[Command]:
    return _mock(workspace, "--store", "sqlite:///store.sqlite")


def _mock_with_redis(workspace: Workspace) -> list[Command]:
    port = str(workspace.spare_port)
    redis = ["redis-server", "--port", port, "--save", "", "--bind", "127.0.0.1"]
    return [redis, *_mock(workspace, "--store", f"redis://127.0.0.1:{port}/0")]


def _prism(workspace: Workspace, spec: Path = ROOT / "openapi.yaml") -> list[Command]:
    prism = NODE_PROGRAMS / "prism"
    options = ["--port", str(workspace.port), "--host", "127.0.0.1", "-v", "silent"]
    return [[prism, "mock", *options, spec]]


def _prism_with_example(workspace: Workspace) -> list[Command]:
    """Add the response of the mock to the spec as an example, so that Prism returns it."""
    spec = yaml.safe_load((ROOT / "openapi.yaml").read_text("utf-8"))
    success = spec["paths"][GET.path]["post"]["responses"]["200"]
    success["content"]["application/json"]["example"] = json.loads(workspace.response)
    file = workspace.folder / "openapi.json"
    file.write_text(json.dumps(spec))
    return _prism(workspace, file)


def _mockoon(workspace: Workspace) -> list[Command]:
    rules = [("body", "package_release_id", RELEASE)]
    rules += [("header", name.lower(), text) for name, text in HEADERS.items()]
    responses = [
        _mockoon_response(200, workspace.response, rules),
        _mockoon_response(400, ERROR, []) | {"default": True},
    ]
    route = {"uuid": "route", "type": "http", "method": "post", "endpoint": f"api{GET.path}"}
    data = json.loads((PEERS / "mockoon.json").read_text("utf-8"))
    data["routes"] = [{**data["routes"][0], **route, "responses": responses}]
    (workspace.folder / "mockoon.json").write_text(json.dumps(data))
    program: Command = [NODE_PROGRAMS / "mockoon-cli", "start", "--data", "mockoon.json"]
    address = ["--hostname", "127.0.0.1", "--port", str(workspace.port)]
    return [[*program, *address, "--disable-log-to-file"]]


def _mockoon_response(
    status: int, body: str, rules: Sequence[tuple[str, str, str]]
) -> dict[str, Any]:
    return {
        "uuid": f"response-{status}",
        "statusCode": status,
        "body": body,
        "bodyType": "INLINE",
        "headers": [{"key": "Content-Type", "value": "application/json"}],
        "rules": [
            {"target": target, "modifier": key, "value": text, "operator": "equals"}
            for target, key, text in rules
        ],
        "rulesOperator": "AND",
        "disableTemplating": True,
    }


def _wiremock(workspace: Workspace, *options: str) -> list[Command]:
    (workspace.folder / "mappings").mkdir()
    request = {"method": "POST", "urlPath": f"/api{GET.path}"}
    conditions = {
        "headers": {name.lower(): {"equalTo": text} for name, text in HEADERS.items()},
        "bodyPatterns": [
            {"matchesJsonPath": {"expression": "$.package_release_id", "equalTo": RELEASE}}
        ],
    }
    success, error = _stub(200, workspace.response), _stub(400, ERROR)
    stubs: list[Mapping[str, Any]] = [
        {"priority": 1, "request": {**request, **conditions}, "response": success},
        {"priority": 9, "request": request, "response": error},
    ]
    mappings = workspace.folder / "mappings/stubs.json"
    mappings.write_text(json.dumps({"mappings": stubs}))
    address = ["--port", str(workspace.port), "--bind-address", "127.0.0.1"]
    return [["java", "-jar", WIREMOCK_JAR, *address, "--disable-banner", *options]]


def _wiremock_without_journal(workspace: Workspace) -> list[Command]:
    return _wiremock(workspace, "--no-request-journal")


def _wiremock_with_journal(workspace: Workspace) -> list[Command]:
    return _wiremock(workspace, "--max-request-journal-entries", str(JOURNAL_SIZE))


def _stub(status: int, body: str) -> dict[str, Any]:
    return {"status": status, "body": body, "headers": {"Content-Type": "application/json"}}


def nginx(workspace: Workspace) -> list[Command]:
    """Serve the response as a file. nginx.conf turns the 405 of a POST to a file into that file."""
    file = workspace.folder / f"api{GET.path}"
    file.parent.mkdir(parents=True)
    file.write_text(workspace.response)
    config = (PEERS / "nginx.conf").read_text("utf-8").replace("PORT", str(workspace.port))
    (workspace.folder / "nginx.conf").write_text(config)
    return [["nginx", "-p", workspace.folder, "-c", "nginx.conf", "-e", "errors.log"]]


UNIQUE = (UNIQUE_GET, UNIQUE_REJECTED)

CONTENDERS = (
    Contender(OURS, _mock, (GET, REJECTED, *UNIQUE, REBUILD), help_command=[MOCK_SERVER, "--help"]),
    Contender("mock-server, sqlite", _mock_with_sqlite, (GET, REJECTED, REBUILD)),
    Contender("mock-server, redis", _mock_with_redis, (GET, REJECTED, REBUILD)),
    Contender(
        PRISM,
        _prism,
        (GET_ANY, REJECTED, *(replace(request, exact=False) for request in UNIQUE)),
        prefix="",
        warm_up=5,
        help_command=[NODE_PROGRAMS / "prism", "--help"],
    ),
    Contender("Prism, with the response", _prism_with_example, prefix="", warm_up=5),
    Contender("Mockoon", _mockoon, help_command=[NODE_PROGRAMS / "mockoon-cli", "--help"]),
    Contender(
        WIREMOCK,
        _wiremock_without_journal,
        (GET, REJECTED, *UNIQUE),
        warm_up=12,
        help_command=["java", "-jar", WIREMOCK_JAR, "--help"],
    ),
    Contender(WIREMOCK_JOURNAL, _wiremock_with_journal, warm_up=12),
    Contender(NGINX, nginx, (GET,)),
)


def select_contenders(names: Sequence[str] | None) -> list[Contender]:
    """Return the contenders with these names, or all of them without names."""
    return [contender for contender in CONTENDERS if not names or contender.name in names]
