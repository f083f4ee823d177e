"""A proxy in front of a server with https. The certificate is for localhost alone, until 2126."""

import http.client
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.helpers.proxied import proxy_of
from tests.helpers.upstream import UpstreamServer, reply, upstream

CERTIFICATE = Path(__file__).parents[2] / "helpers" / "localhost.pem"
LARGE = bytes(range(256)) * 12 * 1024  # 3 MiB


@pytest.fixture
def server() -> Iterator[UpstreamServer]:
    large = reply(200, LARGE, (("Content-Type", "application/octet-stream"),))
    with upstream(large, CERTIFICATE) as server:
        yield server


def responses(base: str, *bodies: bytes) -> list[tuple[int, bytes]]:
    """Send requests through a proxy in front of a server, all on one connection."""
    received = []
    with proxy_of(base) as address:
        connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=10)
        for body in bodies:
            connection.request("POST", "/other", body)
            response = connection.getresponse()
            received.append((response.status, response.read()))
        connection.close()
    return received


def test_large_requests_and_responses_pass_through_tls(
    server: UpstreamServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    base = server.address.replace("127.0.0.1", "localhost")
    uploads = (b"a", LARGE, b"b", LARGE)
    assert responses(base, *uploads) == [(200, LARGE)] * len(uploads)
    assert [each.body for each in server.received] == list(uploads)


def test_a_certificate_of_an_unknown_authority_is_an_error_with_its_cure(
    server: UpstreamServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    ((status, body),) = responses(server.address.replace("127.0.0.1", "localhost"), b"")
    assert status == 502
    assert "its certificate is not trusted: self-signed certificate" in body.decode()
    assert "set SSL_CERT_FILE to the file of its CA" in body.decode()
    assert server.received == []


def test_the_name_of_the_server_must_be_in_its_certificate(
    server: UpstreamServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    ((status, body),) = responses(server.address, b"")
    assert status == 502
    assert "IP address mismatch" in body.decode()
    assert server.received == []
