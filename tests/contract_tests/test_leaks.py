"""Tokens and stack traces in responses are violations; similar texts are not."""

from dataclasses import replace

import pytest

from contract_tests.judging.leaks import Leaks
from contract_tests.target.roles import id_properties
from contract_tests.target.target import Target
from mock_server.contract.exchange import Exchange, Request, Response
from tests.helpers.shipped import shipped_sources

TARGET = Target("http://127.0.0.1:1/api", token="right-token", other_token="other-token")
SECRET_TOKENS = Leaks(TARGET)


def rules(
    body: str, request_body: bytes = b"", leaks: Leaks = SECRET_TOKENS, **headers: str
) -> list[str]:
    """Return the rules that a response with status 500 breaks."""
    empty = Exchange.without_response(Request("POST", "/", (), {}, request_body), "")
    exchange = replace(empty, response=Response(500, tuple(headers.items()), body.encode()))
    return [violation.rule for violation in leaks.of(exchange)]


@pytest.mark.parametrize(
    "body",
    [
        'Traceback (most recent call last):\n  File "/srv/app.py", line 3, in f',
        r'{"stack": "Error: no\n    at find (/srv/lib/db.ts:10:5)\n    at file:///srv/a.mjs:1:2"}',
        r'{"trace": "\n\tat com.example.Main.run(Main.java:42)"}',
    ],
)
def test_a_stack_trace_is_a_violation(body: str) -> None:
    assert rules(body) == ["trace"]


def test_a_token_in_the_body_or_a_header_is_a_violation() -> None:
    assert rules('{"message": "right-token is wrong"}') == ["token"]
    assert rules("{}", Set_Cookie="session=other-token") == ["token"]


@pytest.mark.parametrize(
    "body",
    [
        '{"error": {"error_code": "invalid_request", "message": "at /body: wrong type (1:2)"}}',
        r'{"logs": [{"msg": "src/index.tsx:3:7 Cannot find name\n  at the board"}]}',
        '{"message": "look at https://docs.example:80:1"}',
    ],
)
def test_a_message_or_log_with_a_line_number_is_not_a_stack_trace(body: str) -> None:
    assert rules(body) == []


def test_a_token_of_the_request_may_be_in_the_response() -> None:
    assert rules('{"message": "right-token"}', b'{"id": "right-token"}') == []


def test_a_token_that_is_the_id_of_a_resource_is_no_secret() -> None:
    """Tests often use the id of an account as its token."""
    leaks = Leaks(TARGET, frozenset({"account_id"}))
    message = '{"message": "right-token does not own it"}'
    assert rules(message, leaks=leaks) == ["token"]
    assert rules('{"a": [{"account_id": "right-token"}]}', leaks=leaks) == []
    assert rules(message, leaks=leaks) == [], "it is known to be an id"
    assert rules('{"account_id": "other-token"}', leaks=Leaks(TARGET, frozenset())) == ["token"]


@pytest.mark.parametrize("word", ["right-token1", "xright-token", "right-token_2"])
def test_a_longer_word_is_no_token(word: str) -> None:
    assert rules(f'{{"message": "{word}"}}') == []


def test_the_id_properties_come_from_the_contract() -> None:
    expected = {"account_id", "package_id", "package_release_id", "github_username", "name"}
    names = id_properties(shipped_sources()[0].spec)
    assert expected | {"creator_account_id"} <= names
    assert "version" in names, "a lookup uses it"
    assert "display_status" not in names
