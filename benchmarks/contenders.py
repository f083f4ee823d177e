"""Who is compared: how each is started, and what it can be asked.

Each peer gets the same work: the same request, checked as far as it can check one, and the bytes
that the mock answers.
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
    OTHER_GET,
    OTHER_REFUSED,
    REBUILD,
    REFUSED,
    RELEASE,
    Asked,
)

ROOT = Path(__file__).parents[1]
PEERS = ROOT / "benchmarks/peers"
NODE_PROGRAMS = PEERS / "node_modules/.bin"
WIREMOCK = next((PEERS / "node_modules/wiremock/build").glob("*.jar"), PEERS / "wiremock.jar")
PROGRAM = Path(sys.executable).with_name("mock-server")
REFUSAL = json.dumps({"error": {"error_code": "invalid_request", "message": "Not so"}})
SBIN = "/usr/sbin"
OURS, PRISM, WIREMOCKS = "mock-server", "Prism", ("WireMock, no journal", "WireMock, journal")
JOURNAL = 1000  # entries: the mock's own bound

Command = Sequence[str | Path]


@dataclass(frozen=True)
class Place:
    """Where a contender lives: a folder for its files, in which it runs, and two free ports.

    answer: the body that a stub answers.
    """

    folder: Path
    port: int
    spare: int
    answer: str


@dataclass(frozen=True)
class Contender:
    """lay: writes the files and says what to start. warm: seconds of load before it is measured.
    help: the command that prints how the program is used.
    """

    name: str
    lay: Callable[[Place], Sequence[Command]]
    asked: Sequence[Asked] = (GET, REFUSED)
    prefix: str = "/api"
    warm: float = 3
    help: Command = ()


def environment() -> dict[str, str]:
    """The environment of all contenders: Node is the one that lies beside them, and nginx where
    Debian puts what only root is thought to start."""
    return {**os.environ, "PATH": os.pathsep.join([str(NODE_PROGRAMS), os.environ["PATH"], SBIN])}


def _mock(place: Place, *options: str) -> list[Command]:
    return [[PROGRAM, "serve", "--port", str(place.port), "--quiet", *options]]


def _mock_in_sqlite(place: Place) -> list[Command]:
    return _mock(place, "--store", "sqlite:///store.sqlite")


def _mock_in_redis(place: Place) -> list[Command]:
    redis = ["redis-server", "--port", str(place.spare), "--save", "", "--bind", "127.0.0.1"]
    return [redis, *_mock(place, "--store", f"redis://127.0.0.1:{place.spare}/0")]


def _prism(place: Place, contract: Path = ROOT / "openapi.yaml") -> list[Command]:
    program: Command = [NODE_PROGRAMS / "prism", "mock", "--port", str(place.port), "-v", "silent"]
    return [[*program, "--host", "127.0.0.1", contract]]


def _prism_with_the_answer(place: Place) -> list[Command]:
    """Prism finds the mock's answer as an example in the contract, and makes none up."""
    contract = yaml.safe_load((ROOT / "openapi.yaml").read_text("utf-8"))
    answer = contract["paths"][GET.path]["post"]["responses"]["200"]["content"]["application/json"]
    answer["example"] = json.loads(place.answer)
    written = place.folder / "openapi.json"
    written.write_text(json.dumps(contract))
    return _prism(place, written)


def _mockoon(place: Place) -> list[Command]:
    rules = [("body", "package_release_id", RELEASE), *(("header", *each) for each in _headers())]
    answers = [
        _mockoon_answer(200, place.answer, rules),
        _mockoon_answer(400, REFUSAL, []) | {"default": True},
    ]
    route = {"uuid": "route", "type": "http", "method": "post", "endpoint": f"api{GET.path}"}
    stub = json.loads((PEERS / "mockoon.json").read_text("utf-8"))
    stub["routes"] = [{**stub["routes"][0], **route, "responses": answers}]
    (place.folder / "mockoon.json").write_text(json.dumps(stub))
    program: Command = [NODE_PROGRAMS / "mockoon-cli", "start", "--data", "mockoon.json"]
    at = ["--hostname", "127.0.0.1", "--port", str(place.port)]
    return [[*program, *at, "--disable-log-to-file"]]


def _mockoon_answer(
    status: int, body: str, rules: Sequence[tuple[str, str, str]]
) -> dict[str, Any]:
    return {
        "uuid": f"answer-{status}",
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


def _wiremock(place: Place, *options: str) -> list[Command]:
    (place.folder / "mappings").mkdir()
    request = {"method": "POST", "urlPath": f"/api{GET.path}"}
    form = {
        "headers": {name.lower(): {"equalTo": text} for name, text in HEADERS.items()},
        "bodyPatterns": [
            {"matchesJsonPath": {"expression": "$.package_release_id", "equalTo": RELEASE}}
        ],
    }
    stubs: list[Mapping[str, Any]] = [
        {"priority": 1, "request": {**request, **form}, "response": _stub(200, place.answer)},
        {"priority": 9, "request": request, "response": _stub(400, REFUSAL)},
    ]
    mappings = place.folder / "mappings/stubs.json"
    mappings.write_text(json.dumps({"mappings": stubs}))
    at = ["--port", str(place.port), "--bind-address", "127.0.0.1", "--disable-banner"]
    return [["java", "-jar", WIREMOCK, *at, *options]]


def _wiremock_without_a_journal(place: Place) -> list[Command]:
    return _wiremock(place, "--no-request-journal")


def _wiremock_with_a_journal(place: Place) -> list[Command]:
    return _wiremock(place, "--max-request-journal-entries", str(JOURNAL))


def _stub(status: int, body: str) -> dict[str, Any]:
    return {"status": status, "body": body, "headers": {"Content-Type": "application/json"}}


def _headers() -> list[tuple[str, str]]:
    return [(name.lower(), text) for name, text in HEADERS.items()]


def _nginx(place: Place) -> list[Command]:
    """A POST to a file is refused by nginx, and the refusal answered with the file."""
    file = place.folder / f"api{GET.path}"
    file.parent.mkdir(parents=True)
    file.write_text(place.answer)
    written = (PEERS / "nginx.conf").read_text("utf-8").replace("PORT", str(place.port))
    (place.folder / "nginx.conf").write_text(written)
    return [["nginx", "-p", place.folder, "-c", "nginx.conf", "-e", "errors.log"]]


OTHER = (OTHER_GET, OTHER_REFUSED)

CONTENDERS = (
    Contender(OURS, _mock, (GET, REFUSED, *OTHER, REBUILD), help=[PROGRAM, "--help"]),
    Contender("mock-server, sqlite", _mock_in_sqlite, (GET, REFUSED, REBUILD)),
    Contender("mock-server, redis", _mock_in_redis, (GET, REFUSED, REBUILD)),
    Contender(
        PRISM,
        _prism,
        (GET_ANY, REFUSED, *(replace(each, exact=False) for each in OTHER)),
        prefix="",
        warm=5,
        help=[NODE_PROGRAMS / "prism", "--help"],
    ),
    Contender("Prism, that answer", _prism_with_the_answer, prefix="", warm=5),
    Contender("Mockoon", _mockoon, help=[NODE_PROGRAMS / "mockoon-cli", "--help"]),
    Contender(
        WIREMOCKS[0],
        _wiremock_without_a_journal,
        warm=12,
        help=["java", "-jar", WIREMOCK, "--help"],
    ),
    Contender(WIREMOCKS[1], _wiremock_with_a_journal, warm=12),
    Contender("nginx, a file", _nginx, (GET,)),
)


def chosen(names: Sequence[str] | None) -> list[Contender]:
    """Those of these names; all without any."""
    return [each for each in CONTENDERS if not names or each.name in names]
