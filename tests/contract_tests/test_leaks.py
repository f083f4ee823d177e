"""What no answer may show, and what only looks like it."""

import pytest

from contract_tests.judging.leaks import leaks
from contract_tests.target.target import Exchange, Target
from mock_server.contract.exchange import Request, Response

TARGET = Target("http://127.0.0.1:1/api", token="right-token", other_token="other-token")


def found(body: str, asked: bytes = b"", **headers: str) -> list[str]:
    now = Exchange.without_response(Request("POST", "/", (), {}, asked), "")
    answer = Response(500, tuple(headers.items()), body.encode())
    exchange = Exchange(now.request, answer, now.url, now.sent, now.received)
    return [violation.rule for violation in leaks(exchange, TARGET)]


@pytest.mark.parametrize(
    "body",
    [
        'Traceback (most recent call last):\n  File "/srv/app.py", line 3, in f',
        r'{"stack": "Error: no\n    at find (/srv/lib/db.ts:10:5)\n    at file:///srv/a.mjs:1:2"}',
        r'{"trace": "\n\tat com.example.Main.run(Main.java:42)"}',
    ],
)
def test_where_a_server_broke_is_told_by_no_answer(body: str) -> None:
    assert found(body) == ["trace"]


def test_a_token_is_told_by_no_answer_be_it_in_a_header() -> None:
    assert found('{"message": "right-token is wrong"}') == ["token"]
    assert found("{}", Set_Cookie="session=other-token") == ["token"]


@pytest.mark.parametrize(
    "body",
    [
        '{"error": {"error_code": "invalid_request", "message": "at /body: is no text (1:2)"}}',
        r'{"logs": [{"msg": "src/index.tsx:3:7 Cannot find name\n  at the board"}]}',
        '{"message": "look at https://docs.example:80:1"}',
    ],
)
def test_messages_and_logs_with_places_are_none(body: str) -> None:
    assert found(body) == []


def test_what_was_sent_may_be_said_again() -> None:
    assert found('{"message": "right-token"}', b'{"id": "right-token"}') == []
