"""Events reach a page at once also behind a development server that compresses responses."""

import subprocess
from collections.abc import Iterator

import pytest

from mock_server.live import LiveMock, live
from tests.helpers.programs import ROOT, environment, program
from tests.helpers.requests import call
from tests.helpers.shipped import shipped_sources
from tests.mock_server.helpers.following import following

COMPRESSED = {"Accept-Encoding": "gzip"}


@pytest.fixture(scope="module")
def mock() -> Iterator[LiveMock]:
    with live(*shipped_sources()) as running:
        yield running


@pytest.fixture(scope="module")
def proxy(mock: LiveMock) -> Iterator[str]:
    """Yield the address of the development server."""
    with subprocess.Popen(
        [program("node"), "tests/tools/compressing_proxy.mjs"],
        cwd=ROOT,
        env={**environment(), "MOCK": mock.address},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        finally:
            process.kill()


def test_the_proxy_compresses_other_responses(proxy: str) -> None:
    body = {"package_id": "pkg_3"}
    reply = call(f"{proxy}/api", "POST", "/package_releases/list", body, COMPRESSED)
    assert reply.headers["Content-Encoding"] == "gzip"


def test_each_event_arrives_while_the_stream_is_open(mock: LiveMock, proxy: str) -> None:
    mock.clock.freeze()
    with following(f"{proxy}/api", "rel_pending", headers=COMPRESSED) as stream:
        first = stream.event()
        assert first is not None
        assert first.event == "release"
        mock.play("rel_pending", "succeeds")
        mock.clock.advance(3)
        second = stream.event()
        assert second is not None
        assert "Content-Encoding" not in stream.response.headers
