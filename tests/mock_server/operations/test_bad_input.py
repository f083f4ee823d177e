"""Refused writes and lists of a document with two timelines, and what stays after a reload."""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mock_server.app.handle import respond
from mock_server.app.mock import Mock, mock_of, reloaded
from mock_server.contract.exchange import Request
from mock_server.live import LiveMock, live, load_sources
from tests.helpers.observatory import ADA, BOB, PREFIX, SPEC, key
from tests.helpers.requests import Reply, call
from tests.mock_server.helpers.clocks import ManualClock
from tests.mock_server.helpers.copies import edit

EAST = {"name": "East", "observer": "ada"}


@pytest.fixture(scope="module")
def served() -> Iterator[LiveMock]:
    with live(*load_sources(SPEC)) as mock:
        yield mock


@pytest.fixture
def mock(served: LiveMock) -> LiveMock:
    return served.session()


def send(mock: LiveMock, method: str, path: str, body: object = None, token: str = ADA) -> Reply:
    return call(mock.url, method, path, body, key(token))


def everything(mock: LiveMock) -> list[Any]:
    paths = ("/telescopes", *(f"/telescopes/{number}/exposures" for number in (1, 2, 7)))
    return [send(mock, "GET", path).json for path in paths]


@pytest.mark.parametrize(
    ("method", "path", "body", "token", "expected"),
    [
        ("POST", "/telescopes", {**EAST, "name": "North"}, ADA, (409, "taken")),
        ("PATCH", "/telescopes/1", {"name": "South"}, ADA, (409, "taken")),
        ("POST", "/telescopes", {**EAST, "observer": "zoe"}, ADA, (404, "no_observer")),
        ("POST", "/telescopes", {**EAST, "observer": "bob"}, ADA, (403, "forbidden")),
        ("POST", "/telescopes", {"name": "East"}, ADA, (400, "invalid")),
        ("POST", "/telescopes", {**EAST, "name": 7}, ADA, (400, "invalid")),
        ("POST", "/telescopes", b"{", ADA, (400, "invalid")),
        ("POST", "/telescopes/99/exposures", {"target": "M1"}, ADA, (404, "no_telescope")),
        ("POST", "/telescopes/7/exposures", {"target": "M1"}, ADA, (403, "forbidden")),
        ("POST", "/telescopes/1/exposures", {"target": "M1", "seconds": 0}, ADA, (400, "invalid")),
        ("POST", "/telescopes/x/exposures", {"target": "M1"}, ADA, (400, "invalid")),
        ("PATCH", "/telescopes/1", {"site": "Roof", "name": ""}, ADA, (400, "invalid")),
        ("PATCH", "/telescopes/1", {"site": "Roof"}, BOB, (403, "forbidden")),
        ("PATCH", "/telescopes/99", {"site": "Roof"}, ADA, (404, "no_telescope")),
        ("DELETE", "/telescopes/1", None, BOB, (403, "forbidden")),
        ("POST", "/exposures/exp_2/abort", None, ADA, (409, "ended")),
        ("POST", "/exposures/exp_3/repeat", None, ADA, (403, "forbidden")),
        ("POST", "/exposures/exp_9/repeat", None, ADA, (404, "no_exposure")),
        ("POST", "/telescopes", EAST, "nobody", (401, "unauthorized")),
    ],
)
def test_a_refused_write_has_its_error_and_changes_nothing(
    mock: LiveMock, method: str, path: str, body: Any, token: str, expected: tuple[int, str]
) -> None:
    before = everything(mock)
    content_type = {"Content-Type": "application/json"} if isinstance(body, bytes) else {}
    reply = call(mock.url, method, path, body, {**key(token), **content_type})
    assert (reply.status, reply.json["code"]) == expected
    assert everything(mock) == before


@pytest.mark.parametrize(
    "query",
    ["after=none", "after=%00", "after=e30", "after=WyJhIl0", "after=", "size=0", "size=51"],
)
def test_an_invalid_cursor_or_size_is_refused(mock: LiveMock, query: str) -> None:
    reply = send(mock, "GET", f"/telescopes/2/exposures?{query}")
    assert (reply.status, reply.json) == (400, {"code": "invalid"})


def test_a_page_beyond_the_end_is_empty_and_has_the_total(mock: LiveMock) -> None:
    for page in (2, 99, 10**12):
        reply = send(mock, "GET", f"/telescopes?page={page}&size=50")
        assert (reply.status, reply.json) == (200, {"telescopes": [], "total": 3})
    assert send(mock, "GET", "/telescopes?page=0").status == 400
    assert send(mock, "GET", "/telescopes?page=-1").status == 400


def test_a_cursor_continues_after_a_deleted_exposure(mock: LiveMock) -> None:
    first = send(mock, "GET", "/telescopes/2/exposures?size=1").json
    assert [each["id"] for each in first["exposures"]] == ["exp_1"]
    assert send(mock, "DELETE", "/exposures/exp_1").status == 204
    after = send(mock, "GET", f"/telescopes/2/exposures?size=1&after={first['next']}").json
    assert [each["id"] for each in after["exposures"]] == ["exp_2"]


class Edited:
    """A mock of a copy of the files, reloaded after each edit."""

    def __init__(self, folder: Path) -> None:
        self.folder = Path(shutil.copytree(SPEC.parent, folder / "copy"))
        self.spec = self.folder / SPEC.name
        self.mock: Mock = mock_of(*load_sources(self.spec), clock=ManualClock())

    def send(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        headers = {"host": "localhost", "x-observer-key": ADA, "content-type": "application/json"}
        content = b"" if body is None else json.dumps(body).encode()
        response = respond(self.mock, Request(method, PREFIX + path, (), headers, content))
        return response.status, json.loads(response.body) if response.body else None

    def reload(self) -> None:
        self.mock = reloaded(self.mock, *load_sources(self.spec))


@pytest.fixture
def edited(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> Edited:
    """A session with a new telescope, an exposure of it, and a changed and a deleted one."""
    caplog.set_level(logging.WARNING, "mock_server")
    edited = Edited(tmp_path)
    assert edited.send("POST", "/telescopes", EAST)[1]["number"] == 8
    assert edited.send("POST", "/telescopes/8/exposures", {"target": "M1"})[0] == 202
    assert edited.send("PATCH", "/telescopes/1", {"site": "Roof"})[0] == 200
    assert edited.send("DELETE", "/exposures/exp_1")[0] == 204
    return edited


def shown(edited: Edited) -> list[int]:
    paths = ("/telescopes/8", "/exposures/exp_2", "/exposures/exp_1", "/telescopes/8/exposures")
    return [edited.send("GET", path)[0] for path in paths]


def test_what_is_still_valid_stays_after_a_reload(
    edited: Edited, caplog: pytest.LogCaptureFixture
) -> None:
    edit(edited.folder / "fixtures/telescopes/ready.yaml", "site: Hill", "site: Valley")
    before = [edited.send("GET", path)[1] for path in ("/telescopes/8", "/telescopes/8/exposures")]
    edited.reload()
    assert shown(edited) == [200, 200, 404, 200]
    assert [
        edited.send("GET", path)[1] for path in ("/telescopes/8", "/telescopes/8/exposures")
    ] == before
    assert edited.send("GET", "/telescopes/2")[1]["site"] == "Valley"
    assert edited.send("GET", "/telescopes/1")[1]["site"] == "Roof"
    assert caplog.messages == []


def test_what_a_new_rule_forbids_is_gone_with_what_belongs_to_it(
    edited: Edited, caplog: pytest.LogCaptureFixture
) -> None:
    rule = "{ id: not-east, message: a telescope must not be East, rule: self.name != 'East' }"
    old = "        - id: ready-since-exactly-when-ended\n"
    edit(edited.spec, old, f"        - {rule}\n{old}")
    edited.reload()
    assert shown(edited) == [404, 200, 404, 404]
    first, second = caplog.messages
    assert "Telescope/8 is gone, since" in first
    assert "a telescope must not be East" in first
    assert "Exposure/exp_4 is gone, since its Telescope 8 does not exist" in second
    assert edited.send("GET", "/telescopes/1")[1]["site"] == "Roof"


def test_what_a_new_fixture_takes_is_gone(edited: Edited, caplog: pytest.LogCaptureFixture) -> None:
    text = (edited.folder / "fixtures/telescopes/parked.yaml").read_text("utf-8")
    text = text.replace("number: 1,", "number: 30,").replace("name: North", "name: East")
    (edited.folder / "fixtures/telescopes/east.yaml").write_text(text, "utf-8")
    edited.reload()
    telescopes = edited.send("GET", "/telescopes")[1]["telescopes"]
    assert [each["number"] for each in telescopes] == [1, 2, 7, 30]
    assert "Telescope/8 is gone, since another telescope has the same name" in caplog.messages[0]


def test_what_belongs_to_a_fixture_that_is_gone_is_gone(
    edited: Edited, caplog: pytest.LogCaptureFixture
) -> None:
    new = edited.send("POST", "/telescopes/2/exposures", {"target": "M2"})[1]["id"]
    for name in ("telescopes/ready", "exposures/saved"):
        (edited.folder / f"fixtures/{name}.yaml").unlink()
    queued = edited.folder / "fixtures/exposures/queued.yaml"
    edit(queued, "telescope: 2", "telescope: 1")
    edited.reload()
    assert edited.send("GET", f"/exposures/{new}")[0] == 404
    (message,) = caplog.messages
    assert f"Exposure/{new} is gone, since its Telescope 2 does not exist" in message


def test_an_invalid_document_is_not_served_and_everything_stays(edited: Edited) -> None:
    edit(edited.spec, "        status: mode\n", "        status: mod\n")
    with pytest.raises(Exception, match="must name a property; found mod"):
        edited.reload()
    assert shown(edited) == [200, 200, 404, 200]
