"""The caller is the account of the bearer token; an invalid header has no caller."""

import pytest

from mock_server.fixtures.values import Account
from mock_server.http.credentials import Credentials

FIRST, SECOND = {"account_id": "one"}, {"account_id": "two"}
ACCOUNTS = (
    Account("token-1", FIRST),
    Account("token-2", SECOND),
    Account(None, {"account_id": "3"}),
)


def caller(text: str | None, any_token: bool = False) -> object:
    headers = {} if text is None else {"authorization": text}
    return Credentials(ACCOUNTS, any_token).caller(headers)


@pytest.mark.parametrize("text", ["Bearer token-2", "bearer token-2", "BEARER   token-2"])
def test_the_case_of_the_scheme_and_the_spaces_after_it_do_not_matter(text: str) -> None:
    assert caller(text) == SECOND
    assert caller(text, any_token=True) == SECOND


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
def test_an_invalid_header_or_an_unknown_token_has_no_caller(text: str | None) -> None:
    assert caller(text) is None


def test_with_any_token_an_unknown_token_belongs_to_the_first_account() -> None:
    assert caller("Bearer unknown", any_token=True) == FIRST
    for text in (None, "", "Bearer", "Basic unknown", "Bearer two words"):
        assert caller(text, any_token=True) is None
