"""The journal as an HTTP Archive: of the form that readers of HAR 1.2 ask for."""

import base64
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest

from mock_server.contract.judge import Judge
from mock_server.fixtures.values import Fixtures
from mock_server.server.in_process import running
from tests.helpers.requests import JSON, OWNER, ask
from tests.mock_server.helpers.controlled import MockSession, still_mock


def form(**properties: Any) -> dict[str, Any]:
    """An object of these properties and of none but ours, which begin with an underscore."""
    return {
        "type": "object",
        "required": [name for name in properties if not name.endswith("_")],
        "properties": {name.rstrip("_"): schema for name, schema in properties.items()},
        "patternProperties": {"^_": {}},
        "additionalProperties": False,
    }


def many(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


TEXT, NUMBER = {"type": "string"}, {"type": "number", "minimum": -1}
PAIRS = many(form(name=TEXT, value=TEXT))
MESSAGE = {
    "httpVersion": TEXT,
    "cookies": many({}),
    "headers": PAIRS,
    "headersSize": NUMBER,
    "bodySize": NUMBER,
}
ENTRY = form(
    startedDateTime={"type": "string", "format": "date-time"},
    time={"type": "number", "minimum": 0},
    request=form(
        method=TEXT,
        url={"type": "string", "format": "uri"},
        queryString=PAIRS,
        postData_=form(mimeType=TEXT, text=TEXT),
        **MESSAGE,
    ),
    response=form(
        status={"type": "integer"},
        statusText=TEXT,
        content=form(size=NUMBER, mimeType=TEXT, text_=TEXT, encoding_={"const": "base64"}),
        redirectURL=TEXT,
        **MESSAGE,
    ),
    cache={"type": "object"},
    timings=form(send=NUMBER, wait=NUMBER, receive=NUMBER),
)
# http://www.softwareishard.com/blog/har-12-spec
HAR = form(
    log=form(version={"const": "1.2"}, creator=form(name=TEXT, version=TEXT), entries=many(ENTRY))
)


@pytest.fixture(scope="module")
def archive(judge: Judge, fixtures: Fixtures) -> Iterator[Any]:
    """An archive of requests of many kinds."""
    with running(still_mock(judge, fixtures)) as address:
        mock = MockSession(address, "a")
        ask(mock.base, "GET", "/api/packages/get?package_id=pkg_3&odd=%22%20%E9%9B%BB&odd=2")
        ask(mock.base, "POST", "/api/package_releases/rebuild",
            {"package_release_id": "rel_pending"}, OWNER)  # fmt: skip
        ask(mock.base, "POST", "/api/package_releases/get", b"\xff\x00", JSON)
        mock.result("POST", "faults", {"kind": "status", "status": 599})
        ask(mock.base, "HEAD", "/api/accounts/get")
        ask(mock.base, "DELETE", "/nowhere/%C3%A9%20")
        yield mock.result("GET", "journal?format=har")


def test_it_is_of_the_form_of_har(archive: Any) -> None:
    validator = jsonschema_rs.Draft202012Validator(HAR, validate_formats=True)
    assert [str(error) for error in validator.iter_errors(archive)] == []


def test_the_form_would_see_what_is_missing(archive: Any) -> None:
    validator = jsonschema_rs.Draft202012Validator(HAR, validate_formats=True)
    for name in ("startedDateTime", "request", "response", "timings"):
        entry = {key: value for key, value in archive["log"]["entries"][0].items() if key != name}
        assert not validator.is_valid({"log": {**archive["log"], "entries": [entry]}})


def test_it_holds_each_exchange_with_what_was_sent_and_answered(archive: Any) -> None:
    entries = archive["log"]["entries"]
    assert [entry["response"]["status"] for entry in entries] == [200, 200, 400, 599, 404]
    assert [entry["_operation"] for entry in entries] == [
        "getPackage", "rebuildPackageRelease", "getPackageRelease", "getAccount", None
    ]  # fmt: skip
    found, rebuilt, binary, odd, nowhere = entries
    assert {"name": "odd", "value": '" 電'} in found["request"]["queryString"]
    assert found["request"]["url"].endswith("&odd=%22+%E9%9B%BB&odd=2")
    assert rebuilt["request"]["postData"]["text"] == '{"package_release_id": "rel_pending"}'
    assert rebuilt["_served"] == ["succeeds"]
    assert binary["request"]["postData"]["_encoding"] == "base64"
    assert base64.b64decode(binary["request"]["postData"]["text"]) == b"\xff\x00"
    assert (odd["response"]["statusText"], odd["_faults"]) == ("", ["status-1"])
    assert nowhere["request"]["url"].endswith("/_s/a/nowhere/%C3%A9%20")
