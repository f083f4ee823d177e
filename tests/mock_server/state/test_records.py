"""What a session holds is a few records: with equal records and an equal clock, any process answers
the same bytes."""

import json
import os
import subprocess
import sys
from pathlib import Path

from mock_server.app.handle import respond
from mock_server.app.mock import Mock, mock_of
from mock_server.contract.exchange import Request
from mock_server.live import load_sources
from mock_server.state.sessions import STATE
from mock_server.stores import MemoryStore

ROOT = Path(__file__).parents[3]
BEGAN = 1_750_000_000_000
HEADERS = {"content-type": "application/json", "authorization": "Bearer testuser-token"}
ASKED = (
    ("POST", "/_s/one/api/package_releases/get", {"package_release_id": "rel_pending"}),
    ("POST", "/_s/one/api/package_releases/list", {"package_id": "pkg_3"}),
    ("GET", "/_s/one/_mock/clock", None),
)


def ask(mock: Mock, method: str, path: str, body: object) -> bytes:
    sent = b"" if body is None else json.dumps(body).encode()
    return respond(mock, Request(method, path, (), {**HEADERS, "host": "localhost"}, sent)).body


def answers_of_another_process(record: object, wall: int) -> list[str]:
    """What a process that has nothing but the files, the record and the clock answers."""
    program = (
        "import json, sys\n"
        "from tests.mock_server.state.test_records import answers\n"
        "print(json.dumps(answers(*json.load(sys.stdin))))\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        input=json.dumps([record, wall]),
        env={**os.environ, "PYTHONHASHSEED": "7", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    told: list[str] = json.loads(ended.stdout)
    return told


def answers(record: object, wall: int) -> list[str]:
    """What a new mock answers whose store holds one record."""
    store = MemoryStore()
    store.compare_and_set("one", STATE, 0, record)
    mock = mock_of(*load_sources(), clock=lambda: wall, store=store)
    return [ask(mock, *each).decode() for each in ASKED]


def test_equal_records_and_an_equal_clock_give_equal_bytes_in_any_process() -> None:
    """A rebuild, a shown fixture and a paced clock, half-way through."""
    now = BEGAN
    store = MemoryStore()
    mock = mock_of(*load_sources(), clock=lambda: now, store=store)
    for path, body in (
        ("api/package_releases/rebuild", {"package_release_id": "rel_pending"}),
        ("_mock/show", {"package_release_id": "rel_successful", "fixture": "nulls"}),
        ("_mock/clock", {"rate": 3}),
    ):
        ask(mock, "POST", f"/_s/one/{path}", body)
    now = BEGAN + 700
    here = [ask(mock, *each).decode() for each in ASKED]
    record = json.loads(json.dumps(store.read("one", STATE)[1]))
    assert '"building"' in here[0]
    assert answers_of_another_process(record, now) == here
