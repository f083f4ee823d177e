"""Responses depend only on the files, the record of the session and the clock."""

import json
import os
import subprocess
import sys
from pathlib import Path

from mock_server.app.handle import respond
from mock_server.app.mock import Mock, mock_of
from mock_server.contract.exchange import Request
from mock_server.state.sessions import STATE
from mock_server.stores import MemoryStore
from tests.helpers.shipped import shipped_sources

ROOT = Path(__file__).parents[3]
START = 1_750_000_000_000
HEADERS = {"content-type": "application/json", "authorization": "Bearer testuser-token"}
REQUESTS = (
    ("POST", "/_s/one/api/package_releases/get", {"package_release_id": "rel_pending"}),
    ("POST", "/_s/one/api/package_releases/list", {"package_id": "pkg_3"}),
    ("GET", "/_s/one/_mock/clock", None),
)


def body_of(mock: Mock, method: str, path: str, body: object) -> bytes:
    sent = b"" if body is None else json.dumps(body).encode()
    return respond(mock, Request(method, path, (), {**HEADERS, "host": "localhost"}, sent)).body


def bodies_of_another_process(record: object, wall: int) -> list[str]:
    """Return the response bodies of another process with the same record and time."""
    program = (
        "import json, sys\n"
        "from tests.mock_server.state.test_records import bodies\n"
        "print(json.dumps(bodies(*json.load(sys.stdin))))\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        input=json.dumps([record, wall]),
        env={**os.environ, "PYTHONHASHSEED": "7", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    received: list[str] = json.loads(result.stdout)
    return received


def bodies(record: object, wall: int) -> list[str]:
    """Return the response bodies of a new mock with this record in its store."""
    store = MemoryStore()
    store.compare_and_set("one", STATE, 0, record)
    mock = mock_of(*shipped_sources(), clock=lambda: wall, store=store)
    return [body_of(mock, *each).decode() for each in REQUESTS]


def test_a_process_with_the_same_record_and_time_sends_the_same_bytes() -> None:
    """During a rebuild, with a shown fixture and a faster clock."""
    now = START
    store = MemoryStore()
    mock = mock_of(*shipped_sources(), clock=lambda: now, store=store)
    for path, body in (
        ("api/package_releases/rebuild", {"package_release_id": "rel_pending"}),
        ("_mock/show", {"package_release_id": "rel_successful", "fixture": "nulls"}),
        ("_mock/clock", {"rate": 3}),
    ):
        body_of(mock, "POST", f"/_s/one/{path}", body)
    now = START + 700
    here = [body_of(mock, *each).decode() for each in REQUESTS]
    record = json.loads(json.dumps(store.read("one", STATE)[1]))
    assert '"building"' in here[0]
    assert bodies_of_another_process(record, now) == here
