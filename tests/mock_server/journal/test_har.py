"""The journal as an HTTP Archive: it conforms to HAR 1.2."""

import base64
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest

from mock_server.contract.judge import Judge
from mock_server.fixtures.values import Fixtures
from tests.helpers.requests import JSON, OWNER, call, mounted
from tests.mock_server.helpers.controlled import MockSession, still_mock


def object_of(**properties: Any) -> dict[str, Any]:
    """Return the schema of an object: these properties, and custom ones that start with ``_``."""
    return {
        "type": "object",
        "required": [name for name in properties if not name.endswith("_")],
        "properties": {name.rstrip("_"): schema for name, schema in properties.items()},
        "patternProperties": {"^_": {}},
        "additionalProperties": False,
    }


def list_of(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


TEXT, NUMBER = {"type": "string"}, {"type": "number", "minimum": -1}
PAIRS = list_of(object_of(name=TEXT, value=TEXT))
MESSAGE = {
    "httpVersion": TEXT,
    "cookies": list_of({}),
    "headers": PAIRS,
    "headersSize": NUMBER,
    "bodySize": NUMBER,
}
ENTRY = object_of(
    startedDateTime={"type": "string", "format": "date-time"},
    time={"type": "number", "minimum": 0},
    request=object_of(
        method=TEXT,
        url={"type": "string", "format": "uri"},
        queryString=PAIRS,
        postData_=object_of(mimeType=TEXT, text=TEXT),
        **MESSAGE,
    ),
    response=object_of(
        status={"type": "integer"},
        statusText=TEXT,
        content=object_of(size=NUMBER, mimeType=TEXT, text_=TEXT, encoding_={"const": "base64"}),
        redirectURL=TEXT,
        **MESSAGE,
    ),
    cache={"type": "object"},
    timings=object_of(send=NUMBER, wait=NUMBER, receive=NUMBER),
)
# http://www.softwareishard.com/blog/har-12-spec
HAR = object_of(
    log=object_of(
        version={"const": "1.2"}, creator=object_of(name=TEXT, version=TEXT), entries=list_of(ENTRY)
    )
)


@pytest.fixture(scope="module")
def archive(judge: Judge, fixtures: Fixtures) -> Iterator[Any]:
    """An archive of many kinds of requests."""
    with mounted(still_mock(judge, fixtures)) as address:
        mock = MockSession(address, "a")
        call(mock.base, "GET", "/api/packages/get?package_id=pkg_3&odd=%22%20%E9%9B%BB&odd=2")
        call(mock.base, "POST", "/api/package_releases/rebuild",
            {"package_release_id": "rel_pending"}, OWNER)  # fmt: skip
        call(mock.base, "POST", "/api/package_releases/get", b"\xff\x00", JSON)
        mock.result("POST", "faults", {"kind": "status", "status": 599})
        call(mock.base, "HEAD", "/api/accounts/get")
        call(mock.base, "DELETE", "/nowhere/%C3%A9%20")
        yield mock.result("GET", "journal?format=har")


def test_the_archive_conforms_to_the_schema_of_har(archive: Any) -> None:
    validator = jsonschema_rs.Draft202012Validator(HAR, validate_formats=True)
    assert [str(error) for error in validator.iter_errors(archive)] == []


def test_the_schema_detects_missing_properties(archive: Any) -> None:
    validator = jsonschema_rs.Draft202012Validator(HAR, validate_formats=True)
    for name in ("startedDateTime", "request", "response", "timings"):
        entry = {key: value for key, value in archive["log"]["entries"][0].items() if key != name}
        assert not validator.is_valid({"log": {**archive["log"], "entries": [entry]}})


def test_the_archive_contains_each_request_with_its_response(archive: Any) -> None:
    entries = archive["log"]["entries"]
    assert [entry["response"]["status"] for entry in entries] == [200, 200, 400, 599, 404]
    assert [entry["_operation"] for entry in entries] == [
        "getPackage", "rebuildPackageRelease", "getPackageRelease", "getAccount", None
    ]  # fmt: skip
    lookup, rebuilt, binary, unusual, unknown = entries
    assert {"name": "odd", "value": '" 電'} in lookup["request"]["queryString"]
    assert lookup["request"]["url"].endswith("&odd=%22+%E9%9B%BB&odd=2")
    assert rebuilt["request"]["postData"]["text"] == '{"package_release_id": "rel_pending"}'
    assert rebuilt["_served"] == ["succeeds"]
    assert binary["request"]["postData"]["_encoding"] == "base64"
    assert base64.b64decode(binary["request"]["postData"]["text"]) == b"\xff\x00"
    assert (unusual["response"]["statusText"], unusual["_faults"]) == ("", ["status-1"])
    assert unknown["request"]["url"].endswith("/_s/a/nowhere/%C3%A9%20")
