"""Faults disturb what they are asked to, down to the bytes on the wire, and nothing else."""

import json
import logging
import socket
import time
from typing import Any

import pytest

from mock_server import faults
from mock_server.app.mock import Mock
from mock_server.contract.exchange import Delivery, Response
from mock_server.faults.delivery import deliver
from mock_server.server.socket_client import SocketClient
from mock_server.state.sessions import DEFAULT
from tests.mock_server.helpers.disturbed import (
    GET,
    ID,
    JSON,
    JUDGE,
    NOW,
    PACKAGE,
    REBUILD,
    Heard,
    Live,
    asked,
)


def test_a_delay_lets_the_first_byte_come_late_and_changes_no_other(live: Live) -> None:
    plain = live.ask()
    live.add("delay", seconds=0.2, name="late")
    began = time.monotonic()
    heard = live.ask()
    assert time.monotonic() - began >= 0.2
    assert (heard.body, heard.end) == (plain.body, "FIN")
    assert heard.received == plain.received.replace(b"\r\nDate", b"\r\nX-Mock-Fault: late\r\nDate")


def test_jitter_adds_what_its_seed_says(mock: Mock) -> None:
    def delays(session: str, seed: int) -> list[float]:
        record = {"kind": "delay", "seconds": 5, "jitter": 10, "seed": seed}
        faults.add(mock.context, session, record)
        answers = [asked(mock, session=session) for _ in range(20)]
        return [answer.delivery.delay for answer in answers if answer.delivery]

    one = delays("a", 1)
    assert delays("b", 1) == one
    assert delays("c", 2) != one
    assert len(set(one)) == 20
    assert all(5 <= delay <= 15 for delay in one)


def test_an_error_stands_in_place_of_the_answer(live: Live) -> None:
    live.add("status", status=503, retry_after=7)
    heard = live.ask()
    assert heard.received.startswith(b"HTTP/1.1 503 Service Unavailable\r\n")
    assert (heard.header("Retry-After"), heard.header("X-Mock-Fault")) == ("7", "status-1")
    assert not JUDGE.outside(
        503, Response(503, (("Content-Type", "application/json"),), heard.body)
    )


@pytest.mark.parametrize("name", [GET, REBUILD])
def test_any_error_is_answered_in_the_form_of_all_errors(mock: Mock, name: str) -> None:
    """It is the documented one where there is one; else its code and message say the status."""
    operation = JUDGE.spec.operations[name]
    for status in range(400, 600):
        faults.add(mock.context, DEFAULT, {"kind": "status", "status": status, "name": "error"})
        answer = asked(mock, f"/api{operation.path}")
        assert answer.status == status
        if status in operation.responses:
            assert not JUDGE.answer(operation, None, answer, NOW)
        elif status in JUDGE.spec.outside:
            assert not JUDGE.outside(status, answer)
        else:
            ((outer, error), *more) = json.loads(answer.body).items()
            assert (outer, more, set(error)) == ("error", [], {"error_code", "message"})
            assert all(error.values())


def test_a_slow_body_is_whole(live: Live) -> None:
    plain = live.ask()
    live.add("slow-body", bytes_per_second=20_000)
    heard = live.ask()
    assert (heard.body, heard.end) == (plain.body, "FIN")


def test_a_slow_body_comes_in_pieces_of_its_rate() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        pieces = [*deliver([b"a" * 250], Delivery(rate=1000), SocketClient(ours))]
    assert [len(piece) for piece in pieces] == [100, 100, 50]


@pytest.mark.parametrize("delivery", [Delivery(delay=300), Delivery(rate=1)])
def test_a_client_that_leaves_ends_the_waiting(delivery: Delivery) -> None:
    ours, theirs = socket.socketpair()
    with ours:
        theirs.close()
        parts = deliver([b"a" * 1000], delivery, SocketClient(ours))
        with pytest.raises(ConnectionAbortedError):
            list(parts)


def test_a_client_that_has_more_to_say_is_answered_in_its_time() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(b"GET / HTTP/1.1\r\n")
        began = time.monotonic()
        assert b"".join(deliver([b"a"], Delivery(delay=0.1), SocketClient(ours))) == b"a"
        assert time.monotonic() - began >= 0.1


@pytest.mark.parametrize("size", [0, 1, 100, None])
def test_a_truncated_body_is_a_complete_message_of_cut_json(live: Live, size: int | None) -> None:
    plain = live.ask()
    own: dict[str, Any] = {} if size is None else {"bytes": size}
    live.add("truncate", **own)
    heard = live.ask()
    cut = plain.body[: len(plain.body) // 2 if size is None else size]
    assert (heard.body, heard.end) == (cut, "FIN")
    assert heard.header("Content-Length") == str(len(cut))
    with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
        json.loads(heard.body.decode())


def test_a_body_shorter_than_where_it_would_be_cut_is_left_alone(live: Live) -> None:
    plain = live.ask()
    live.add("truncate", bytes=len(plain.body))
    assert live.ask() == plain


def test_another_content_type_is_said_of_the_same_body(live: Live) -> None:
    plain = live.ask()
    live.add("content-type", first=1)
    live.add("content-type", content_type="text/plain; charset=latin-1")
    live.ask()
    heard = live.ask()
    assert heard.head.count(b"Content-Type: ") == 1
    assert heard.header("Content-Type") == "text/plain; charset=latin-1"
    assert heard.body == plain.body


@pytest.mark.parametrize("how", ["fin", "rst"])
def test_a_connection_dropped_before_the_answer_gives_no_byte(
    live: Live, how: str, caplog: pytest.LogCaptureFixture
) -> None:
    live.add("drop", how=how)
    with caplog.at_level(logging.INFO):
        assert live.ask() == Heard(b"", how.upper())
    assert {record.name for record in caplog.records} == {"mock_server"}, "the server complains"
    assert {record.levelname for record in caplog.records} == {"INFO"}


@pytest.mark.parametrize("how", ["fin", "rst"])
def test_a_connection_dropped_in_the_middle_gives_half_of_the_body(live: Live, how: str) -> None:
    plain = live.ask()
    live.add("drop", when="middle", how=how, name="gone")
    heard = live.ask()
    assert heard.end == how.upper()
    assert heard.header("X-Mock-Fault") == "gone"
    assert heard.header("Content-Length") == str(len(plain.body))
    assert heard.body == plain.body[: len(plain.body) // 2]


def test_a_dropped_connection_is_dropped_again_and_again(live: Live) -> None:
    live.add("drop", how="rst", every=2)
    assert [live.ask().end for _ in range(40)] == ["FIN", "RST"] * 20


@pytest.mark.parametrize("after", [0, 1])
def test_a_stream_is_cut_after_so_many_events(live: Live, after: int) -> None:
    path = f"/api/package_releases/events?package_release_id={ID}"
    plain = live.ask(path, None, "GET", {})
    assert plain.body.count(b"data: ") == 2
    assert plain.body.endswith(b"0\r\n\r\n")
    live.add("cut-stream", after=after)
    heard = live.ask(path, None, "GET", {})
    assert (heard.body.count(b"data: "), heard.end) == (after, "FIN")
    assert not heard.body.endswith(b"0\r\n\r\n")
    assert heard.header("X-Mock-Fault") == "cut-stream-1"
    assert live.ask().header("X-Mock-Fault") is None


def test_a_stream_dropped_in_the_middle_gives_its_first_event(live: Live) -> None:
    live.add("drop", when="middle", how="rst")
    heard = live.ask(f"/api/package_releases/events?package_release_id={ID}", None, "GET", {})
    assert (heard.body.count(b"data: "), heard.end) == (1, "RST")


def test_head_is_disturbed_as_get_is_and_has_no_body(live: Live) -> None:
    live.add("truncate", bytes=7, operation="getPackage", first=1)
    live.add("drop", operation="getPackage", every=2)
    heard = live.ask(PACKAGE, None, "HEAD", {})
    assert (heard.header("Content-Length"), heard.body, heard.end) == ("7", b"", "FIN")
    assert live.ask(PACKAGE, None, "HEAD", {}) == Heard(b"", "FIN")
    faults.clear(live.mock.context, DEFAULT)
    live.add("drop", when="middle", how="rst")
    heard = live.ask(PACKAGE, None, "HEAD", {})
    assert (heard.head[:15], heard.body, heard.end) == (b"HTTP/1.1 200 OK", b"", "RST")


def test_a_page_of_another_origin_may_read_the_mark(live: Live) -> None:
    live.add("delay", seconds=0)
    heard = live.ask(headers={**JSON, "Origin": "http://page.example"})
    assert "x-mock-fault" in (heard.header("Access-Control-Expose-Headers") or "")
