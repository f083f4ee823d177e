"""The access log: which exchanges it has, and that it is readable."""

from __future__ import annotations

import logging

import pytest

from mock_server.app.access_log import log_exchange
from mock_server.contract.exchange import Request, Response


def lines(caplog: pytest.LogCaptureFixture, *exchanges: tuple[str, str, int]) -> list[str]:
    """Return the logged lines for exchanges, without their times."""
    for method, path, status in exchanges:
        log_exchange(Request(method, path), Response(status), 0.0)
    return [record.getMessage().partition(" (")[0] for record in caplog.records]


def test_the_pages_of_the_gallery_do_not_fill_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "mock_server")
    reads = [("GET", "/_mock/console/resource", 200), ("GET", "/_s/a/_mock/console/journal", 200)]
    assert lines(caplog, *reads) == []
    caplog.set_level(logging.DEBUG, "mock_server")
    assert len(lines(caplog, *reads)) == 2


def test_the_log_has_changes_errors_and_the_api(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "mock_server")
    assert lines(
        caplog,
        ("POST", "/_mock/clock", 200),
        ("GET", "/_mock/nothing", 404),
        ("GET", "/api/x", 200),
    ) == ["POST /_mock/clock → 200", "GET /_mock/nothing → 404", "GET /api/x → 200"]
