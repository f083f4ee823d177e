"""No credential of a request is in anything that the mock writes or shows.

Each place for a credential has its own canary, also URL-encoded, in base64 and escaped in JSON.
"""

import signal
from pathlib import Path

import pytest

from tests.helpers.canaries import core, files_below, found, leaks
from tests.helpers.canary_traffic import KNOWN, NAMES, in_hex, messages, send, write_document
from tests.helpers.requests import call
from tests.mock_server.helpers.command_line import run_command, serving

ADMIN = {"Authorization": f"Bearer {core('admin')}"}
CONTROL = ("/_mock/journal", "/_mock/journal?format=har", "/_mock/sessions", "/_mock/clock")
PAGES = ("/_mock/", "/_mock/operations", "/_mock/operations/postNotes", "/_mock/console")
# The path of a request is in the access log, as in that of every web server (SECURITY.md).
LOGGED = ["path"]


@pytest.mark.parametrize("kind", ["memory", "sqlite"])
def test_no_credential_is_in_a_file_a_page_the_journal_or_the_log(
    tmp_path: Path, kind: str
) -> None:
    spec, store = write_document(tmp_path), tmp_path / "store.db"
    stored = "memory:" if kind == "memory" else f"sqlite:///{store}"
    options = ("--spec", spec, "--store", stored, "--admin-token", core("admin"))
    with serving(*options) as (process, base, ready):
        base = base.rstrip("/")
        replies = send(base)
        assert {name for name, reply in replies.items() if reply.status == 400} > {"json", "query"}
        wrong = {"operation": "x", "password": core("control")}
        call(base, "POST", "/_mock/faults", {"faults": [wrong]}, ADMIN)
        call(base, "POST", f"/_mock/clock?token={core('control')}", {}, ADMIN)
        refused = call(base, "GET", "/_mock/journal", None, {"Authorization": "Bearer other"})
        assert refused.status == 401
        html = {**ADMIN, "Accept": "text/html"}
        shown = {path: call(base, "GET", path, None, ADMIN).content for path in CONTROL}
        shown |= {path: call(base, "GET", path, None, html).content for path in PAGES}
        assert shown["/_mock/journal"].count(b'"operation"') == len(messages())
        process.send_signal(signal.SIGTERM)
        output, log = process.communicate(timeout=30)
    written = {"ready": ready.encode(), "output": output.encode(), "refusal": refused.content}
    written |= {**shown, **files_below(tmp_path)}
    assert leaks([*NAMES, "admin", "control"], written) == []
    assert leaks(set(NAMES) - set(LOGGED), {"log": log.encode()}) == []
    if kind == "sqlite":
        assert b"[redacted]" in written["store.db (dump)"]


def test_no_credential_is_in_the_error_of_a_start(tmp_path: Path) -> None:
    spec = write_document(tmp_path)
    for options in (
        ("--store", f"redis://joe:{core('redis')}@127.0.0.1:1/0"),
        ("--store", f"unknown://joe:{core('redis')}@127.0.0.1:1/0"),
        ("--admin-token", f"<{core('redis')}>"),
    ):
        ended = run_command("serve", "--spec", spec, "--port", "0", *options)
        assert ended.returncode == 2
        assert leaks(["redis"], {"stderr": ended.stderr.encode()}) == []


@pytest.mark.parametrize(
    "written",
    [
        core("json"),
        core("json").upper(),
        in_hex(core("json"), "%%%02x"),
        in_hex(core("json"), "\\u%04x"),
        "VXNlcjpLcTdqc29uWng5Ig==",
        "S3E3anNvblp4OQ",
    ],
)
def test_a_canary_is_found_in_every_encoding(written: str) -> None:
    assert found("json", f"before {written} after".encode())
    assert not found("form", f"before {written} after".encode())


def test_the_known_token_is_a_canary() -> None:
    assert core("known") in KNOWN["Authorization"]
