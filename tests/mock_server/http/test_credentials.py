"""Whose token it is decides who asks; what is no bearer token is nobody's."""

import pytest

from mock_server.fixtures.values import Account
from mock_server.http.credentials import Credentials

ONE, TWO = {"account_id": "one"}, {"account_id": "two"}
ACCOUNTS = (Account("token-1", ONE), Account("token-2", TWO), Account(None, {"account_id": "3"}))


def caller(text: str | None, any_token: bool = False) -> object:
    headers = {} if text is None else {"authorization": text}
    return Credentials(ACCOUNTS, any_token).caller(headers)


@pytest.mark.parametrize("text", ["Bearer token-2", "bearer token-2", "BEARER   token-2"])
def test_a_token_is_that_of_its_account_however_the_scheme_is_written(text: str) -> None:
    assert caller(text) == TWO
    assert caller(text, any_token=True) == TWO


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "token-2",
        "Bearer",
        "Bearer ",
        "Bearer\ttoken-2",
        "Bearer token-2 ",
        "Basic token-2",
        "Bearer token-2, Basic a",
        "Bearer tokén",
        "Bearertoken-2",
        "Bearer token-2\n",
        "Bearer None",
    ],
)
def test_what_is_no_known_bearer_token_is_nobodys(text: str | None) -> None:
    assert caller(text) is None


def test_with_any_token_every_other_one_is_the_first_accounts() -> None:
    assert caller("Bearer whatever", any_token=True) == ONE
    for text in (None, "", "Bearer", "Basic whatever", "Bearer two words"):
        assert caller(text, any_token=True) is None
