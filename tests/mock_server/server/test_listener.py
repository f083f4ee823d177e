"""The mock listens on an address, or raises an error that states why it cannot."""

import socket
from concurrent.futures import ThreadPoolExecutor

import pytest

from mock_server.app.mock import mock_of
from mock_server.contract.judge import Judge
from mock_server.fixtures.values import Fixtures
from mock_server.server.in_process import running
from mock_server.server.listener import listen, url
from tests.helpers.requests import call, rebuild, release
from tests.mock_server.helpers.copies import violations_of


def test_a_busy_port_is_an_error_that_suggests_port_0() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        (violation,) = violations_of(listen, "127.0.0.1", port)
    assert f"127.0.0.1:{port}" in violation.message
    assert "--port 0" in violation.fix


@pytest.mark.parametrize("host", ["192.0.2.1", "no such host", "host.invalid", "::ffff:x"])
def test_an_address_that_this_machine_does_not_have_is_an_error(host: str) -> None:
    (violation,) = violations_of(listen, host, 0)
    assert violation.rule == "address"


@pytest.mark.parametrize(
    ("host", "clients"),
    [("::", ["::1", "127.0.0.1"]), ("[::]", ["::1", "127.0.0.1"]), ("[::1]", ["::1"])],
)
def test_an_ipv6_address_may_have_brackets_and_every_address_includes_ipv4(
    host: str, clients: list[str]
) -> None:
    with listen(host, 0) as listener:
        port = listener.getsockname()[1]
        assert url(host, port) == f"http://[{host.strip('[]')}]:{port}"
        for client in clients:
            with socket.create_connection((client, port), timeout=20):
                pass


def test_the_port_can_be_used_again_after_the_mock_has_ended(
    judge: Judge, fixtures: Fixtures
) -> None:
    mock = mock_of(judge, fixtures)
    with running(mock) as address:
        port = int(address.rpartition(":")[2])
    with running(mock, port=port) as again:
        assert again == address
        assert call(again, "GET", "/").status == 200


def test_parallel_requests_all_return_a_valid_release(base: str) -> None:
    with ThreadPoolExecutor(8) as pool:
        rebuilds = [pool.submit(rebuild, base, "rel_pending") for _ in range(20)]
        reads = [pool.submit(release, base, "rel_pending") for _ in range(40)]
    assert {future.result().status for future in rebuilds} == {200}
    assert {future.result()["display_status"] for future in reads} == {"pending"}


def test_a_client_that_sends_no_body_delays_no_other_client(address: str) -> None:
    host, port = address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as silent:
        silent.sendall(b"POST /api/package_releases/get HTTP/1.1\r\nContent-Length: 100\r\n\r\n{")
        assert call(address, "GET", "/api/packages/get?package_id=pkg_3").status == 200
