"""Each kind of fault changes the bytes that a client receives, and nothing else."""

import json
import logging
import time
from typing import Any

import pytest

from mock_server import faults
from mock_server.app.mock import Mock
from mock_server.contract.exchange import Delivery, Response
from mock_server.contract.parts import Pause
from mock_server.faults.delivery import body_parts
from mock_server.state.session_names import DEFAULT
from tests.mock_server.helpers.connections import GET as REQUEST
from tests.mock_server.helpers.connections import connect
from tests.mock_server.helpers.faulty import (
    GET,
    ID,
    JSON,
    JUDGE,
    NOW,
    PACKAGE,
    REBUILD,
    Live,
    Received,
    response_of,
)


def test_a_delay_delays_the_first_byte_and_changes_no_byte(live: Live) -> None:
    plain = live.request()
    live.add("delay", seconds=0.2, name="late")
    started_at = time.monotonic()
    received = live.request()
    assert time.monotonic() - started_at >= 0.2
    assert (received.body, received.end) == (plain.body, "FIN")
    assert received.data == plain.data.replace(b"\r\nDate", b"\r\nX-Mock-Fault: late\r\nDate")


def test_jitter_depends_only_on_its_seed(mock: Mock) -> None:
    def delays(session: str, seed: int) -> list[float]:
        record = {"kind": "delay", "seconds": 5, "jitter": 10, "seed": seed}
        faults.add(mock.context, session, record)
        responses = [response_of(mock, session=session) for _ in range(20)]
        return [response.delivery.delay for response in responses if response.delivery]

    seed_1 = delays("a", 1)
    assert delays("b", 1) == seed_1
    assert delays("c", 2) != seed_1
    assert len(set(seed_1)) == 20
    assert all(5 <= delay <= 15 for delay in seed_1)


def test_a_status_fault_replaces_the_response_with_an_error(live: Live) -> None:
    live.add("status", status=503, retry_after=7)
    received = live.request()
    assert received.data.startswith(b"HTTP/1.1 503 Service Unavailable\r\n")
    assert (received.header("Retry-After"), received.header("X-Mock-Fault")) == ("7", "status-1")
    assert not JUDGE.outside(
        503, Response(503, (("Content-Type", "application/json"),), received.body)
    )


@pytest.mark.parametrize("name", [GET, REBUILD])
def test_every_status_is_returned_in_the_format_of_documented_errors(mock: Mock, name: str) -> None:
    """It is the documented error if there is one; else code and message come from the status."""
    operation = JUDGE.spec.operations[name]
    for status in range(400, 600):
        faults.add(mock.context, DEFAULT, {"kind": "status", "status": status, "name": "error"})
        response = response_of(mock, f"/api{operation.path}")
        assert response.status == status
        if status in operation.responses:
            assert not JUDGE.response(operation, None, response, NOW)
        elif status in JUDGE.spec.outside:
            assert not JUDGE.outside(status, response)
        else:
            ((outer, error), *more) = json.loads(response.body).items()
            assert (outer, more, set(error)) == ("error", [], {"error_code", "message"})
            assert all(error.values())


def test_a_slow_body_arrives_complete(live: Live) -> None:
    plain = live.request()
    live.add("slow-body", bytes_per_second=20_000)
    received = live.request()
    assert (received.body, received.end) == (plain.body, "FIN")


def test_a_slow_body_is_sent_in_ten_pieces_per_second() -> None:
    response = Response(200, body=b"a" * 250, delivery=Delivery(rate=1000))
    parts = [*body_parts(response, "GET")]
    sizes = [len(part) for part in parts if isinstance(part, bytes)]
    pauses = [part.seconds for part in parts if isinstance(part, Pause)]
    assert (sizes, pauses) == ([100, 100, 50], [0.1, 0.1, 0.05])


def test_a_client_that_sends_more_data_still_waits_for_the_delay(live: Live) -> None:
    live.add("delay", seconds=0.2, first=1)
    started_at = time.monotonic()
    with connect(live.address) as client:
        client.sendall(2 * REQUEST)
        assert client.recv(15) == b"HTTP/1.1 200 OK"
    assert time.monotonic() - started_at >= 0.2


@pytest.mark.parametrize("size", [0, 1, 100, None])
def test_a_truncated_body_is_a_complete_message_of_cut_json(live: Live, size: int | None) -> None:
    plain = live.request()
    options: dict[str, Any] = {} if size is None else {"bytes": size}
    live.add("truncate", **options)
    received = live.request()
    cut = plain.body[: len(plain.body) // 2 if size is None else size]
    assert (received.body, received.end) == (cut, "FIN")
    assert received.header("Content-Length") == str(len(cut))
    with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
        json.loads(received.body.decode())


def test_a_body_shorter_than_the_limit_is_not_changed(live: Live) -> None:
    plain = live.request()
    live.add("truncate", bytes=len(plain.body))
    assert live.request() == plain


def test_a_wrong_content_type_is_sent_with_the_same_body(live: Live) -> None:
    plain = live.request()
    live.add("content-type", first=1)
    live.add("content-type", content_type="text/plain; charset=latin-1")
    live.request()
    received = live.request()
    assert received.head.count(b"Content-Type: ") == 1
    assert received.header("Content-Type") == "text/plain; charset=latin-1"
    assert received.body == plain.body


@pytest.mark.parametrize("how", ["fin", "rst"])
def test_a_connection_dropped_before_the_response_sends_no_byte(
    live: Live, how: str, caplog: pytest.LogCaptureFixture
) -> None:
    live.add("drop", how=how)
    with caplog.at_level(logging.INFO):
        assert live.request() == Received(b"", how.upper())
    assert {record.name for record in caplog.records} == {"mock_server"}, "the server logs"
    assert {record.levelname for record in caplog.records} == {"INFO"}


@pytest.mark.parametrize("how", ["fin", "rst"])
def test_a_connection_dropped_in_the_middle_sends_half_of_the_body(live: Live, how: str) -> None:
    plain = live.request()
    live.add("drop", when="middle", how=how, name="gone")
    received = live.request()
    assert received.end == how.upper()
    assert received.header("X-Mock-Fault") == "gone"
    assert received.header("Content-Length") == str(len(plain.body))
    assert received.body == plain.body[: len(plain.body) // 2]


def test_every_second_connection_can_be_dropped(live: Live) -> None:
    live.add("drop", how="rst", every=2)
    assert [live.request().end for _ in range(40)] == ["FIN", "RST"] * 20


@pytest.mark.parametrize("after", [0, 1])
def test_a_stream_is_cut_after_a_number_of_events(live: Live, after: int) -> None:
    path = f"/api/package_releases/events?package_release_id={ID}"
    plain = live.request(path, None, "GET", {})
    assert plain.body.count(b"data: ") == 2
    assert plain.body.endswith(b"0\r\n\r\n")
    live.add("cut-stream", after=after)
    received = live.request(path, None, "GET", {})
    assert (received.body.count(b"data: "), received.end) == (after, "FIN")
    assert not received.body.endswith(b"0\r\n\r\n")
    assert received.header("X-Mock-Fault") == "cut-stream-1"
    assert live.request().header("X-Mock-Fault") is None


def test_a_stream_dropped_in_the_middle_sends_its_first_event(live: Live) -> None:
    live.add("drop", when="middle", how="rst")
    received = live.request(
        f"/api/package_releases/events?package_release_id={ID}", None, "GET", {}
    )
    assert (received.body.count(b"data: "), received.end) == (1, "RST")


def test_faults_apply_to_head_as_to_get_without_a_body(live: Live) -> None:
    live.add("truncate", bytes=7, operation="getPackage", first=1)
    live.add("drop", operation="getPackage", every=2)
    received = live.request(PACKAGE, None, "HEAD", {})
    assert (received.header("Content-Length"), received.body, received.end) == ("7", b"", "FIN")
    assert live.request(PACKAGE, None, "HEAD", {}) == Received(b"", "FIN")
    faults.clear(live.mock.context, DEFAULT)
    live.add("drop", when="middle", how="rst")
    received = live.request(PACKAGE, None, "HEAD", {})
    assert (received.head[:15], received.body, received.end) == (b"HTTP/1.1 200 OK", b"", "RST")


def test_a_page_of_another_origin_may_read_the_header_that_names_the_fault(live: Live) -> None:
    live.add("delay", seconds=0)
    received = live.request(headers={**JSON, "Origin": "http://page.example"})
    assert "x-mock-fault" in (received.header("Access-Control-Expose-Headers") or "")
