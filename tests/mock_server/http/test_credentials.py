"""The bearer token of a request identifies its account."""

import pytest

from mock_server.fixtures.values import Account
from mock_server.http.credentials import Credentials

FIRST, SECOND = {"account_id": "1"}, {"account_id": "2"}
ACCOUNTS = (
    Account("token-1", FIRST),
    Account("token-2", SECOND),
    Account(None, {"account_id": "3"}),
)


def caller(authorization: str | None, any_token: bool = False) -> object:
    headers = {} if authorization is None else {"authorization": authorization}
    return Credentials(ACCOUNTS, any_token).caller(headers)


@pytest.mark.parametrize("authorization", ["Bearer token-2", "bearer token-2", "BEARER   token-2"])
def test_a_token_identifies_its_account_and_the_scheme_ignores_case(authorization: str) -> None:
    assert caller(authorization) == SECOND
    assert caller(authorization, any_token=True) == SECOND


@pytest.mark.parametrize(
    "authorization",
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
def test_other_credentials_identify_no_account(authorization: str | None) -> None:
    assert caller(authorization) is None


def test_with_any_token_an_unknown_token_identifies_the_first_account() -> None:
    assert caller("Bearer unknown", any_token=True) == FIRST
    for authorization in (None, "", "Bearer", "Basic unknown", "Bearer two words"):
        assert caller(authorization, any_token=True) is None
