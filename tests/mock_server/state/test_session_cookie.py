"""A cookie can name the session, also among other cookies of the page."""

import pytest

from mock_server.app.mock import mock_of
from mock_server.contract.exchange import Request
from mock_server.contract.judge import Judge
from mock_server.fixtures.values import Fixtures
from mock_server.server.in_process import running
from mock_server.state.session_names import DEFAULT, session_of
from tests.helpers.requests import send_bytes

OTHER_COOKIES = [
    'prefs={"theme":"dark"}',
    "items[0]=x",
    "no_value",
    "name=",
    "=value",
    "größe=1",
    'quoted="a; b"',
    "a=b=c",
    ";;",
    "x" * 3000,
]


@pytest.mark.parametrize("other", OTHER_COOKIES, ids=lambda other: other[:20])
def test_other_cookies_do_not_hide_the_session(other: str) -> None:
    for header in (f"{other}; mock_session=mine", f"mock_session=mine; {other}"):
        assert session_of(Request("GET", "/", headers={"cookie": header}))[0] == "mine"


@pytest.mark.parametrize("other", OTHER_COOKIES, ids=lambda other: other[:20])
def test_without_a_session_cookie_the_session_is_the_default_one(other: str) -> None:
    assert session_of(Request("GET", "/", headers={"cookie": other}))[0] == DEFAULT


def test_a_second_cookie_header_can_name_the_session(shipped: tuple[Judge, Fixtures]) -> None:
    lines = (
        b"GET /_mock/sessions HTTP/1.1",
        b"Host: localhost",
        b"Connection: close",
        b"Cookie: prefs=\xff{}",
        b"Cookie: mock_session=second-line",
    )
    call = b"\r\n".join((lines[0].replace(b"sessions", b"clock"), *lines[1:], b"", b""))
    with running(mock_of(*shipped)) as address:
        assert send_bytes(address, call).startswith(b"HTTP/1.1 200 ")
        assert b"second-line" in send_bytes(address, b"\r\n".join((*lines[:3], b"", b"")))


def test_an_unterminated_quoted_cookie_is_ignored() -> None:
    """`http.cookies` needs quadratic time for such backslashes."""
    cookie = 'mock_session="' + "\\" * 60_000
    assert session_of(Request("GET", "/", headers={"cookie": cookie}))[0] == DEFAULT
