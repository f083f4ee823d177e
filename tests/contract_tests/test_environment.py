"""What surrounds a target is not its contract: headers, limits, proxies, outages."""

import json
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from contract_tests.config.configuration import resolve
from contract_tests.config.options import Settings
from contract_tests.run.discovery import target_of
from contract_tests.target.pace import LONGEST_PAUSE, Pace, Pauses, TargetBusyError, retry_after
from contract_tests.target.roles import statuses_of
from mock_server.contract.exchange import Response
from mock_server.contract.violations import ContractError
from tests.helpers.contract_runs import (
    ROOT,
    TOKENS,
    contract_run,
    contract_tests,
    finished,
    started,
)
from tests.helpers.example_server import start
from tests.helpers.https import EXPIRED, serving_expired
from tests.helpers.relay import Relayed, Reply, relaying

NOW = datetime(2030, 6, 1, 12, tzinfo=UTC)
FAST = ("--max-examples", "2")
JSON_TYPE = {"Content-Type": "application/json"}
REJECTED = b'{"error": {"error_code": "unauthorized", "message": "Sign in"}}'
FAILED = b'{"error": {"error_code": "internal_error", "message": "The database is gone"}}'


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    with start() as url:
        yield url


def test_every_request_has_the_further_headers_and_no_output_has_their_values(
    tmp_path: Path,
) -> None:
    """The target requires a header, and echoes its value in each response."""

    def reply(request: Relayed) -> Reply | None:
        if request.headers.get("x-tenant") != "acme-7731":
            return 403, {}, b""
        return 200, JSON_TYPE, b'{"tenant": "acme-7731"}'

    reports = {
        kind: tmp_path / f"report.{kind}" for kind in ("json", "junit", "html", "sarif", "har")
    }
    options = [text for kind, file in reports.items() for text in (f"--report-{kind}", str(file))]
    with relaying("http://127.0.0.1:1/api", reply) as relay:
        ran = contract_run(
            *(relay.url, *TOKENS, *FAST, *options, "--header", "X-Tenant: acme-7731"),
            *("--header", "X-Flag:1", "-k", "examples or methods", "--report-github"),
            *("--findings", str(tmp_path / "findings")),
        )
    assert ran.returncode == 1, ran.stdout + ran.stderr
    assert {request.headers.get("x-tenant") for request in relay.requests} == {"acme-7731"}
    assert {request.headers.get("x-flag") for request in relay.requests} == {"1"}
    assert '-H "X-Tenant: $HEADER_X_TENANT" -H "X-Flag: $HEADER_X_FLAG"' in ran.stdout
    files = [*reports.values(), *(tmp_path / "findings").glob("*.json")]
    assert len(files) > len(reports)
    for text in (ran.stdout, ran.stderr, *(file.read_text("utf-8") for file in files)):
        assert "7731" not in text


def test_replay_sends_the_further_headers_and_names_those_that_are_missing(
    tmp_path: Path,
) -> None:
    def reply(request: Relayed) -> Reply | None:
        return 200, JSON_TYPE, b"{}" if request.headers.get("x-tenant") == "acme" else b"1"

    header = ("--header", "x-tenant: acme")
    with relaying("http://127.0.0.1:1/api", reply) as relay:
        options = (*FAST, *header, "-k", "examples and findPackage", "--findings", str(tmp_path))
        contract_run(relay.url, *options)
        file = str(next(tmp_path.glob("required*.json")))
        with_header = contract_tests("replay", file, *header)
        without = contract_tests("replay", file)
    assert (with_header.returncode, without.returncode) == (1, 2)
    assert with_header.stdout.startswith("reproduced: ")
    assert without.stderr == "the finding's run sent x-tenant; pass --header 'x-tenant: …'\n"


@pytest.mark.parametrize(
    "text", ["X-Tenant", ": x", "X Y: z", "X: a\r\nB: c", "Authorization: x", "HOST: x", "X: ü"]
)
def test_an_invalid_header_is_refused_without_its_value(text: str, tmp_path: Path) -> None:
    with pytest.raises(ContractError) as raised:
        resolve({"header": [text]}, {}, tmp_path, statuses_of)
    (violation,) = raised.value.violations
    assert str(violation).startswith("--header: must be a header such as 'X-Tenant: acme'")
    assert "found" not in str(violation)


def test_headers_come_from_every_source_of_settings(tmp_path: Path) -> None:
    variables = {"CONTRACT_HEADER": "X-A: 1, 2\n  X-B:3 "}
    settings = resolve({}, variables, tmp_path, statuses_of)
    assert settings.header == ("X-A: 1, 2", "X-B: 3")
    (tmp_path / "contract-tests.toml").write_text('headers = ["X-C: 4", "x-c: 5"]')
    settings = resolve({}, {}, tmp_path, statuses_of)
    assert target_of(settings).headers == {"X-C": "4, 5"}


def test_a_request_to_another_host_has_no_further_headers() -> None:
    target = target_of(Settings(target="http://127.0.0.1:1/api", header=("X-Tenant: acme",)))
    assert target.headers_for("http://127.0.0.1:1/api/x", {}) == {"X-Tenant": "acme"}
    assert target.headers_for("http://127.0.0.1:2/api/x", {}) == {}
    assert target.headers_for("http://127.0.0.1:1/", {"x-tenant": "b"}) == {"x-tenant": "b"}


class FakeTime:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def now(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds

    def pace(self, rate: float | None = None) -> Pace:
        return Pace(rate, self.now, self.sleep)


def test_requests_are_sent_at_the_rate_and_not_faster() -> None:
    clock = FakeTime()
    pace, sent = clock.pace(rate=4), []
    for _ in range(5):
        pace.wait()
        sent.append(clock.seconds - 100)
    assert sent == [0, 0.25, 0.5, 0.75, 1]
    clock.sleep(60)
    pace.wait()
    assert clock.seconds == 161, "a pause of the run allows no burst after it"


def test_the_rate_applies_to_a_run(base: str) -> None:
    with relaying(base) as relay:
        started_at = datetime.now(UTC)
        ran = contract_run(relay.url, *FAST, "--rate", "40", "-k", "examples and getPackage")
        seconds = (datetime.now(UTC) - started_at).total_seconds()
    assert ran.returncode == 0, ran.stdout
    assert len(relay.requests) > 20
    assert seconds >= (len(relay.requests) - 1) / 40


@pytest.mark.parametrize(
    ("status", "value", "seconds"),
    [
        (429, "7", 7),
        (503, " 0 ", 0),
        (503, format_datetime(NOW + timedelta(seconds=9), usegmt=True), 9),
        (429, format_datetime(NOW - timedelta(days=9), usegmt=True), 0),
        (503, "soon", None),
        (503, "-1", None),
        (503, "", None),
        (500, "7", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(status: int, value: str, seconds: float | None) -> None:
    headers = (("Retry-After", value), ("Date", format_datetime(NOW, usegmt=True)))
    assert retry_after(Response(status, headers), NOW + timedelta(hours=1)) == seconds
    assert retry_after(Response(status, headers[:1]), NOW) == seconds


def test_a_request_waits_only_up_to_a_limit_for_a_busy_target() -> None:
    clock = FakeTime()
    pauses = Pauses(clock.pace())
    busy = Response(429, (("Retry-After", "0"),))

    def send() -> None:
        while pauses.pause(busy, NOW):
            pauses.pace.wait()

    with pytest.raises(TargetBusyError):
        send()
    assert LONGEST_PAUSE / 3 < clock.seconds - 100 <= LONGEST_PAUSE


@pytest.mark.parametrize("status", [429, 503])
def test_a_request_is_sent_again_when_a_busy_target_wants_it(base: str, status: int) -> None:
    def reply(request: Relayed) -> Reply | None:
        return (status, {"Retry-After": "0"}, b"slow down") if request.number % 9 == 0 else None

    with relaying(base, reply) as relay:
        ran = contract_run(relay.url, *TOKENS, *FAST, "-k", "examples or methods")
    assert ran.returncode == 0, ran.stdout
    assert "holds: " in ran.stdout


@pytest.mark.parametrize("after", [0, 40])
def test_a_target_that_stays_busy_ends_the_run_with_2_and_one_line(base: str, after: int) -> None:
    def reply(request: Relayed) -> Reply | None:
        return (429, {"Retry-After": "3600"}, b"") if request.number > after else None

    with relaying(base, reply) as relay:
        ran = contract_run(relay.url, *TOKENS, *FAST, "-k", "examples")
    assert ran.returncode == 2, ran.stdout
    assert "it is busy: 429 with Retry-After: 3600, and a request waits 60 s at" in ran.stdout
    assert "[status" not in ran.stdout


def test_the_run_waits_until_the_target_responds(base: str) -> None:
    """The target first closes three connections, then its gateway responds, and then it starts."""

    def reply(request: Relayed) -> Reply | None:
        return (502, {}, b"") if request.number < 3 else None

    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        options = (*TOKENS, *FAST, "--wait", "60", "-k", "examples")
        run = started("--target", f"http://127.0.0.1:{port}/api", *options)
        for _ in range(3):
            listener.accept()[0].close()
    with relaying(base, reply, port):
        ran = run.result()
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_all_requests_use_the_proxy_of_the_option_and_none_of_the_environment(base: str) -> None:
    with relaying(base) as proxy:
        address = proxy.url.replace("http://", "http://someone:s3cr%40t@").removesuffix("/api")
        ran = contract_tests(
            *("--target", base, *TOKENS, *FAST, "-k", "examples", "--proxy", address),
            HTTP_PROXY="http://127.0.0.1:1",
            http_proxy="http://127.0.0.1:1",
            ALL_PROXY="http://127.0.0.1:1",
        )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert proxy.requests
    assert all(request.path.startswith(f"{base}/") for request in proxy.requests)
    sent = {request.headers.get("proxy-authorization") for request in proxy.requests}
    assert sent == {"Basic c29tZW9uZTpzM2NyQHQ="}
    ran = contract_run(base, "--proxy", "http://127.0.0.1:1")
    assert ran.returncode == 2
    assert "start the server and the proxy, or correct --target and --proxy" in ran.stdout


def test_https_uses_a_tunnel_through_the_proxy() -> None:
    received = bytearray()
    with serving_expired() as url, socket.create_server(("127.0.0.1", 0)) as proxy:
        thread = threading.Thread(target=tunnel, args=(proxy, received))
        thread.start()
        address = f"http://me:secret@127.0.0.1:{proxy.getsockname()[1]}"
        ran = contract_tests("--target", url, "--proxy", address, SSL_CERT_FILE=str(EXPIRED))
        thread.join()
    assert "does not respond: certificate has expired" in ran.stdout, "it reached the target"
    host = url.removeprefix("https://").removesuffix("/api")
    assert received.startswith(f"CONNECT {host} HTTP/1.".encode())
    assert b"Proxy-Authorization: Basic bWU6c2VjcmV0\r\n" in received


def tunnel(proxy: socket.socket, received: bytearray) -> None:
    """Serve one CONNECT request (RFC 9110, section 9.3.6), and add its head to ``received``."""
    client, _ = proxy.accept()
    with client:
        while not received.endswith(b"\r\n\r\n"):
            received += client.recv(1)
        host, port = received.split()[1].decode().split(":")
        with socket.create_connection((host, int(port))) as server:
            client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            back = threading.Thread(target=pump, args=(server, client))
            back.start()
            pump(client, server)
            back.join()


def pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while received := source.recv(65536):
            sink.sendall(received)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)


def test_a_target_that_breaks_during_the_run_ends_it_with_2_and_the_findings_before(
    tmp_path: Path,
) -> None:
    def reply(request: Relayed) -> Reply | None:
        return (500, JSON_TYPE, FAILED) if request.number > 150 else None

    report = tmp_path / "verdict.json"
    with start("status-word-outside-the-enum") as url, relaying(url, reply) as relay:
        options = (*FAST, "--findings", str(tmp_path), "--report-json", str(report))
        ran = contract_run(relay.url, *TOKENS, *options, "-k", "examples or coverage")
    assert ran.returncode == 2, ran.stdout
    line = next(each for each in ran.stdout.splitlines() if each.startswith("could not be"))
    assert "returns 5xx to every request since" in line
    assert "; before that: 1 finding; " in line
    assert "[enum]" in ran.stdout
    assert "[status 500]" not in ran.stdout
    assert "Interrupted" not in ran.stdout
    verdict = json.loads(report.read_text())
    assert (verdict["exit_code"], len(verdict["findings"])) == (2, 1)
    assert "returns 5xx" in verdict["stopped"]
    assert len(relay.requests) < 1000


def test_a_token_that_expires_during_the_run_ends_it_with_2_and_no_false_findings(
    base: str,
) -> None:
    def reply(request: Relayed) -> Reply | None:
        expired = request.number > 400 and request.token == "testuser-token"
        return (401, JSON_TYPE, REJECTED) if expired else None

    with relaying(base, reply) as relay:
        ran = contract_run(relay.url, *TOKENS, *FAST)
    assert ran.returncode == 2, ran.stdout
    line = next(each for each in ran.stdout.splitlines() if each.startswith("could not be"))
    assert f"--token: {relay.url} rejects the token since " in line
    assert "expected: " not in ran.stdout


def test_an_operation_that_always_fails_is_a_finding_and_the_run_goes_on(base: str) -> None:
    def reply(request: Relayed) -> Reply | None:
        fails = "/packages/get" in request.path and request.number > 40
        return (500, JSON_TYPE, FAILED) if fails else None

    with relaying(base, reply) as relay:
        ran = contract_run(relay.url, *TOKENS, *FAST, "-k", "coverage")
    assert ran.returncode == 1, ran.stdout
    assert "[status 500]" in ran.stdout
    assert "5xx" not in ran.stdout


def test_the_proxy_of_the_environment_gets_no_request(base: str, tmp_path: Path) -> None:
    """It cannot reach a server on this machine; `--proxy` names the one of a run."""
    names = ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy")
    proxies = dict.fromkeys(names, "http://127.0.0.1:1")
    options = ("--target", base, *TOKENS, *FAST, "-k", "examples or methods")
    ran = contract_tests(*options, "--findings", str(tmp_path), folder=ROOT, **proxies)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_empty_variables_count_as_none(base: str) -> None:
    names = ("CONTRACT_SPEC", "CONTRACT_TOKEN", "CONTRACT_PROXY", "CONTRACT_SEED", "TERM")
    more = ("SSL_CERT_FILE", "GITHUB_STEP_SUMMARY", "GITHUB_ACTIONS", "NO_COLOR")
    empty = dict.fromkeys((*names, *more), "")
    ran = contract_tests("--target", base, *TOKENS, *FAST, "-k", "methods", folder=ROOT, **empty)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_a_name_that_the_terminal_cannot_show_is_escaped(tmp_path: Path) -> None:
    folder = tmp_path / "caf\xe9 \udcff"
    folder.mkdir()
    settings = folder / "contract-tests.toml"
    settings.write_text("seed = many", "utf-8")
    command = [sys.executable, "-m", "contract_tests", "--config", str(settings)]
    ran = finished(command, ROOT, PYTHONIOENCODING="ascii")
    assert ran.returncode == 2
    assert r"caf\xe9 \udcff" in ran.stdout + ran.stderr
    assert "Traceback" not in ran.stderr
