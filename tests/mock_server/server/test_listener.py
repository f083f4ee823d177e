"""The mock listens where it is told, answers in parallel, and says why when it cannot listen."""

import socket
from concurrent.futures import ThreadPoolExecutor

import pytest

from mock_server.app.mock import mock_of
from mock_server.contract.judge import Judge
from mock_server.fixtures.values import Fixtures
from mock_server.server.in_process import running
from mock_server.server.listener import listen
from tests.helpers.requests import call, rebuild, release
from tests.mock_server.helpers.copies import violations_of


def test_a_busy_port_is_refused_with_the_cure() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        (found,) = violations_of(listen, "127.0.0.1", port)
    assert f"127.0.0.1:{port}" in found.message
    assert "--port 0" in found.fix


@pytest.mark.parametrize("host", ["192.0.2.1", "no such host", "host.invalid", "::ffff:x"])
def test_an_address_that_is_none_of_this_machine_is_refused(host: str) -> None:
    (found,) = violations_of(listen, host, 0)
    assert found.rule == "address"


def test_the_port_is_free_again_once_the_mock_has_ended(judge: Judge, fixtures: Fixtures) -> None:
    mock = mock_of(judge, fixtures)
    with running(mock) as address:
        port = int(address.rpartition(":")[2])
    with running(mock, port=port) as again:
        assert again == address
        assert call(again, "GET", "/").status == 200


def test_many_ask_at_once_and_each_sees_a_release_whose_rules_hold(base: str) -> None:
    with ThreadPoolExecutor(8) as pool:
        rebuilds = [pool.submit(rebuild, base, "rel_pending") for _ in range(20)]
        reads = [pool.submit(release, base, "rel_pending") for _ in range(40)]
    assert {done.result().status for done in rebuilds} == {200}
    assert {done.result()["display_status"] for done in reads} == {"pending"}


def test_a_client_that_says_nothing_holds_nobody_up(resting: str) -> None:
    host, port = resting.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as silent:
        silent.sendall(b"POST /api/package_releases/get HTTP/1.1\r\nContent-Length: 100\r\n\r\n{")
        assert call(resting, "GET", "/api/packages/get?package_id=pkg_3").status == 200
