"""The mock and the example server reject bad inputs as the contract specifies."""

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


@pytest.mark.parametrize("bad_input", list(inputs()), ids=str)
def test_each_input_has_its_status_and_error(base: str, bad_input: Input) -> None:
    reply = call(base, bad_input.method, bad_input.path, bad_input.body, bad_input.headers)
    assert reply.status == bad_input.status, reply.content
    if bad_input.status >= 400:
        check_error(reply, bad_input)
    if bad_input.status in (204, 405):
        assert "OPTIONS" in reply.headers["Allow"]
        assert ("HEAD" in reply.headers["Allow"]) == ("GET" in reply.headers["Allow"])
    if bad_input.status == 401:
        assert reply.headers["WWW-Authenticate"].startswith("Bearer")


def check_error(reply: Reply, bad_input: Input) -> None:
    """Assert that an error has the documented form and reveals no internals."""
    assert reply.headers["Content-Type"].partition(";")[0] == "application/json"
    if bad_input.method == "HEAD":
        assert reply.content == b""
        return
    (name, error), *others = json.loads(reply.content).items()
    assert (name, others) == ("error", [])
    assert error["error_code"] == bad_input.error_code
    assert error["message"]
    for issue in error.get("issues", ()):
        assert set(issue) == {"pointer", "message"}
        assert issue["message"]
    text = reply.content.decode("utf-8")
    for secret in ("Traceback", 'File "', ".py", TOKEN, "site-packages"):
        assert secret not in text


def test_the_server_still_responds_after_all_bad_inputs(base: str) -> None:
    reply = call(base, "GET", "/packages/get?package_id=pkg_3")
    assert (reply.status, reply.json["package"]["package_id"]) == (200, "pkg_3")
