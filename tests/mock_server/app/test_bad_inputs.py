"""The mock and the example server respond to invalid requests with the documented errors."""

import json
from collections.abc import Iterator

import pytest

from mock_server.app.mock import mock_of
from mock_server.contract.judge import Judge
from mock_server.fixtures.values import Fixtures
from mock_server.server.in_process import running
from tests.helpers.bad_inputs import TOKEN, Input, inputs
from tests.helpers.example_server import start
from tests.helpers.requests import Reply, call


@pytest.fixture(scope="module", params=["mock", "example"])
def base(request: pytest.FixtureRequest, judge: Judge, fixtures: Fixtures) -> Iterator[str]:
    if request.param == "example":
        with start() as url:
            yield url
    else:
        with running(mock_of(judge, fixtures)) as address:
            yield f"{address}/api"


@pytest.mark.parametrize("given", list(inputs()), ids=str)
def test_each_input_is_answered_with_its_status(base: str, given: Input) -> None:
    reply = call(base, given.method, given.path, given.body, given.headers)
    assert reply.status == given.status, reply.content
    if given.status >= 400:
        check_error(reply, given)
    if given.status in (204, 405):
        assert "OPTIONS" in reply.headers["Allow"]
        assert ("HEAD" in reply.headers["Allow"]) == ("GET" in reply.headers["Allow"])
    if given.status == 401:
        assert reply.headers["WWW-Authenticate"].startswith("Bearer")


def check_error(reply: Reply, given: Input) -> None:
    """An error has the one form of all errors, and gives nothing away."""
    assert reply.headers["Content-Type"].partition(";")[0] == "application/json"
    if given.method == "HEAD":
        assert reply.content == b""
        return
    (name, error), *more = json.loads(reply.content).items()
    assert (name, more) == ("error", [])
    assert error["error_code"] == given.error_code
    assert error["message"]
    for issue in error.get("issues", ()):
        assert set(issue) == {"pointer", "message"}
        assert issue["message"]
    text = reply.content.decode("utf-8")
    for secret in ("Traceback", 'File "', ".py", TOKEN, "site-packages"):
        assert secret not in text


def test_a_server_that_saw_all_of_this_still_answers(base: str) -> None:
    reply = call(base, "GET", "/packages/get?package_id=pkg_3")
    assert (reply.status, reply.json["package"]["package_id"]) == (200, "pkg_3")
