"""`mock-server` in unfriendly surroundings: pipes that nobody reads, old terminals, proxies."""

import fcntl
import http.client
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from mock_server.client import Session, connect
from mock_server.contract.judge import Judge
from mock_server.fixtures.values import Fixtures
from mock_server.live import live
from tests.helpers.requests import call
from tests.mock_server.helpers.command_line import PROGRAM, environment, serving
from tests.mock_server.helpers.copies import SPEC, edit, small_fixtures
from tests.mock_server.helpers.watched import eventually

REQUESTS = 3000  # so that their lines in the log are more than a pipe contains


def test_a_log_that_nobody_reads_stops_neither_responses_nor_the_end() -> None:
    with serving() as (process, base, _):
        host = base.removeprefix("http://").partition("/")[0]
        connection = http.client.HTTPConnection(host, timeout=20)
        for number in range(REQUESTS):
            connection.request("GET", "/api/packages/get?package_id=pkg_3")
            response = connection.getresponse()
            assert (response.status, len(response.read()) > 0) == (200, True), number
        connection.close()
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
        assert process.stderr is not None
        lines = process.stderr.read().splitlines()
        assert 500 < len(lines) < REQUESTS
        assert all(line.startswith("GET /api/packages/get → 200 ") for line in lines)


def test_a_standard_output_that_nobody_reads_does_not_stop_the_start() -> None:
    reader, writer = os.pipe()
    fill(writer)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [*PROGRAM, "serve", "--port", str(port)]
    with subprocess.Popen(
        command, env=environment(), stdout=writer, stderr=subprocess.DEVNULL
    ) as process:
        try:
            eventually(lambda: responds(f"http://127.0.0.1:{port}"))
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) == 0
        finally:
            process.kill()
            os.close(reader)
            os.close(writer)


def fill(pipe: int) -> None:
    flags = fcntl.fcntl(pipe, fcntl.F_GETFL)
    fcntl.fcntl(pipe, fcntl.F_SETFL, flags | os.O_NONBLOCK)
    with suppress(BlockingIOError):
        while True:
            os.write(pipe, b"." * 4096)
    fcntl.fcntl(pipe, fcntl.F_SETFL, flags)


def responds(address: str) -> bool:
    try:
        return call(address, "GET", "/").status == 200
    except OSError:
        return False


@pytest.fixture
def unwritable(tmp_path: Path) -> Path:
    """Return a folder with a name that neither ASCII nor, in its last byte, UTF-8 can write."""
    folder = tmp_path / "caf\xe9 \U0001f680 \udcff"
    folder.mkdir()
    shutil.copy(SPEC, folder)
    small_fixtures(folder)
    return folder


@pytest.mark.parametrize("variables", [{"PYTHONIOENCODING": "ascii"}, {"LANG": "C", "LC_ALL": "C"}])
@pytest.mark.parametrize(
    "command",
    [
        "check --spec {}/openapi.yaml --fixtures {}/fixtures",
        "check --spec {}/none.yaml",
        "check {}/fixtures/packages.yaml",
        "init --spec {}/openapi.yaml --output {}/new",
        "export --spec {}/openapi.yaml --fixtures {}/fixtures --format json --out {}/export",
        "schema --spec {}/openapi.yaml",
    ],
    ids=lambda text: str(text).replace("{}", "…")[:30],
)
def test_every_command_writes_names_that_the_terminal_cannot_show(
    unwritable: Path, variables: dict[str, str], command: str
) -> None:
    words = [word.format(unwritable, unwritable) for word in command.split()]
    ended = subprocess.run(
        [*PROGRAM, *words], env={**environment(), **variables}, capture_output=True, check=False
    )
    assert b"Traceback" not in ended.stderr
    assert ended.returncode == (2 if "none" in command else 0)
    shown = ended.stdout + ended.stderr
    assert command.startswith("schema") or b"\\udcff" in shown


def test_serve_and_its_health_write_such_names(unwritable: Path) -> None:
    fixtures = unwritable / "fixtures"
    options = ("--spec", unwritable / "openapi.yaml", "--fixtures", fixtures, "--watch")
    with serving(*options) as (_, base, _):
        address = base.removesuffix("/api")
        edit(fixtures / "releases" / "successful.yaml", "is_locked: false", "is_locked: 0")
        eventually(lambda: not call(address, "GET", "/_mock/health").json["ok"])
        assert "\udcff" in call(address, "GET", "/_mock/health").json["problems"][0]
        assert call(address, "GET", "/_mock/", headers={"Accept": "text/html"}).status == 200


def test_an_empty_variable_counts_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOCK_STORE", "")
    with serving() as (_, base, _):
        assert call(base, "GET", "/packages/get?package_id=pkg_3").status == 200


def test_an_ipv6_address_is_printed_as_a_url_that_works() -> None:
    for host in ("::1", "[::1]"):
        with serving("--host", host) as (_, base, ready):
            assert base.startswith("http://[::1]:")
            address = base.removesuffix("/api")
            assert f"{address}/_mock/" in ready
            assert call(address, "GET", "/_mock/health").status == 200


@contextmanager
def proxied(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Set the variables of a proxy that does not exist."""
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy", "REQUEST_METHOD"):
        monkeypatch.delenv(name, raising=False)
    yield


def test_the_client_of_a_local_mock_uses_no_proxy(
    judge: Judge, fixtures: Fixtures, monkeypatch: pytest.MonkeyPatch
) -> None:
    with live(judge, fixtures) as mock, proxied(monkeypatch):
        port = mock.address.rpartition(":")[2]
        for host in ("127.0.0.1", "localhost"):
            assert connect(f"http://{host}:{port}").clock.now > "2026"
        remote = Session("http://mock.invalid", "/api", mock.keys)
        with pytest.raises(OSError, match="refused"):  # by the proxy
            remote.clock.now  # noqa: B018 (a request)
