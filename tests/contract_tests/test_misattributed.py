"""A finding states its cause: not what another check reports, and not what the set-up causes."""

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import SHUT_RDWR
from urllib.parse import urlsplit

import pytest

from benchmarks.detection.catalogue import Edit, Subject
from benchmarks.detection.serving import serving
from tests.helpers.contract_runs import TOKENS, contract_run, contract_tests
from tests.helpers.example_server import start

APP = Path("examples/releases_server/app.py")
FIRST_ACCOUNT = '"account-1234"'

REBUILT_TOO_EARLY = """
    if request.headers.get("Authorization", "").startswith("Basic "):
        with write_transaction(app.database) as db:
            wanted = read_body(request, REBUILD_REQUEST)["package_release_id"]
            rebuild(db, get_release_or_404(db, wanted), app.build_ms, utc_now())
"""


@contextmanager
def changed(replace: str, replacement: str, file: Path = APP) -> Iterator[str]:
    """Run the example server with a change; yield its base URL."""
    edit = Edit(file, replace, replacement)
    with serving(Subject("changed", "tests", "a changed server", edits=(edit,))) as url:
        yield url


def run(url: str, checks: str, folder: Path) -> tuple[int, str]:
    """Run some checks; return the exit code and the output."""
    options = ("--max-examples", "2", "-k", checks, "--findings", str(folder), "--verbose")
    ran = contract_run(url, *TOKENS, *options)
    assert "Traceback" not in ran.stdout + ran.stderr
    return ran.returncode, ran.stdout


def test_two_tokens_of_one_account_are_no_finding(tmp_path: Path) -> None:
    with changed("return str(account_id)", f"return {FIRST_ACCOUNT}") as url:
        code, output = run(url, "caller or other_callers", tmp_path)
    assert code == 0, output
    assert "skipped: ownership: --token and --other-token have the same account" in output


def test_one_account_for_tokens_with_different_rights_is_a_finding(tmp_path: Path) -> None:
    right = 'criteria = {"account_id": authenticate(db, request)}'
    wrong = f'authenticate(db, request)\n            criteria = {{"account_id": {FIRST_ACCOUNT}}}'
    with changed(right, wrong) as url:
        code, output = run(url, "caller or other_callers", tmp_path)
    assert code == 1, output
    assert "[caller]" in output


def test_a_response_that_is_always_wrong_is_no_finding_about_concurrency(tmp_path: Path) -> None:
    right = 'find_account(db, "account_id = ?", criteria["account_id"])'
    with changed(right, f'find_account(db, "account_id = ?", {FIRST_ACCOUNT})') as url:
        code, output = run(url, "lookups or concurrent_requests", tmp_path)
    assert code == 1, output
    assert "[at-once]" not in output


def test_the_rejected_request_that_changed_a_release_is_shown(tmp_path: Path) -> None:
    """The server rebuilds a release before it rejects credentials of the scheme Basic."""
    docstring = '"""Queue a new build of a release. Only the owner of the package may do this."""'
    with changed(docstring, docstring + REBUILT_TOO_EARLY) as url:
        code, output = run(url, "invalid_credentials", tmp_path)
    assert code == 1, output
    (finding,) = [part for part in output.split("\n\n") if "[refused]" in part]
    before, request = (
        next(line for line in finding.splitlines() if label in line)
        for label in ("before: ", "request: ")
    )
    assert "/package_releases/rebuild" in before
    assert "authorization: Basic " in before
    assert "/package_releases/get" in request


@contextmanager
def crashing_at_trace(target: str, downtime: float | None) -> Iterator[str]:
    """Serve the responses of a target, and stop listening after the response to a TRACE request.

    downtime: the seconds until it listens again; None for never.
    """
    server: dict[str, ThreadingHTTPServer] = {}
    stopped = threading.Event()

    class Forwarding(BaseHTTPRequestHandler):
        def forward(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            names = ("content-type", "authorization", "accept", "last-event-id")
            headers = {name: self.headers[name] for name in names if name in self.headers}
            with closing(HTTPConnection(urlsplit(target).netloc, timeout=30)) as connection:
                connection.request(self.command, self.path, body or None, headers)
                response = connection.getresponse()
                content = response.read()
            if self.command == "TRACE":
                server["now"].socket.shutdown(SHUT_RDWR)
            self.send_response_only(response.status)
            for name, value in response.getheaders():
                if name.lower() not in ("connection", "transfer-encoding", "content-length"):
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)
            if self.command == "TRACE":
                threading.Thread(target=crash).start()

        def log_message(self, *_: object) -> None:
            pass

    for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"):
        setattr(Forwarding, f"do_{method}", Forwarding.forward)

    def listen(port: int) -> None:
        server["now"] = ThreadingHTTPServer(("127.0.0.1", port), Forwarding)
        threading.Thread(target=server["now"].serve_forever, args=(0.01,)).start()

    def crash() -> None:
        port = server["now"].server_address[1]
        server["now"].shutdown()
        server["now"].server_close()
        if downtime is not None and not stopped.wait(downtime):
            listen(port)

    listen(0)
    try:
        yield f"http://127.0.0.1:{server['now'].server_address[1]}/api"
    finally:
        stopped.set()
        server["now"].shutdown()
        server["now"].server_close()


@pytest.fixture(scope="module")
def correct_server() -> Iterator[str]:
    with start() as url:
        yield url


def test_the_request_that_crashes_the_target_is_blamed(correct_server: str, tmp_path: Path) -> None:
    """The target is back after a moment, and the other checks run."""
    with crashing_at_trace(correct_server, downtime=0.3) as url:
        code, output = run(url, "examples or test_methods or unknown_paths", tmp_path)
        assert code == 1, output
        assert output.count("[answer]") == 1, output
        finding = output.partition("\n\n1. ")[2]
        assert "request:  curl -sS --path-as-is -X TRACE " in finding
        assert "not verified" not in output
        assert "7 of 7 operations" in output
        (file,) = tmp_path.glob("answer-*.json")
        replayed = contract_tests("replay", str(file))
        assert (replayed.returncode, replayed.stdout[:12]) == (1, "reproduced: ")


def test_the_request_before_a_crash_is_blamed_if_the_target_does_not_come_back(
    correct_server: str, tmp_path: Path
) -> None:
    with crashing_at_trace(correct_server, downtime=None) as url:
        options = ("-k", "examples or test_methods", "--request-timeout", "1", "--max-examples=2")
        ran = contract_run(url, *TOKENS, *options, "--findings", str(tmp_path), "--verbose")
    assert ran.returncode in (1, 2), ran.stdout
    assert ran.stdout.count("[answer]") == 1, ran.stdout
    finding = ran.stdout.partition("\n\n1. ")[2]
    assert "request:  curl -sS --path-as-is -X TRACE " in finding
    assert "it stopped responding" in ran.stdout
