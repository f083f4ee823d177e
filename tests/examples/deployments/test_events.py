"""The events of a deployment, from the mock and from the server."""

import http.client
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.helpers.deployments import AURORA, BUILDING, ENDED, Api, mocked, served


@pytest.fixture(params=[mocked, served], ids=["mock", "server"])
def api(request: pytest.FixtureRequest) -> Iterator[Api]:
    with request.param() as api:
        yield api


def events(api: Api, identifier: str, after: str | None = None) -> Iterator[tuple[str, str, Any]]:
    """Yield the id, the name and the data of each event."""
    server = urlsplit(api.base)
    connection = http.client.HTTPConnection(server.netloc, timeout=20)
    headers = {"X-Api-Key": AURORA} | ({"Last-Event-ID": after} if after else {})
    try:
        connection.request("GET", f"{server.path}/deployments/{identifier}/events", headers=headers)
        response = connection.getresponse()
        if response.status == 204:
            return
        assert response.status == 200
        assert response.headers["Content-Type"] == "text/event-stream"
        assert "no-store" in response.headers["Cache-Control"]
        fields: dict[str, str] = {}
        for line in response:
            name, _, text = line.decode().rstrip("\n").partition(": ")
            if name:
                fields[name] = text
            elif "data" in fields:
                yield fields["id"], fields["event"], json.loads(fields["data"])
                fields = {}
    finally:
        connection.close()


def test_the_events_of_an_ended_deployment_are_the_deployment_and_the_end(api: Api) -> None:
    identifier = api.deploy()["id"]
    api.advance(ENDED)
    received = list(events(api, identifier))
    assert [name for _, name, _ in received] == ["deployment", "end"]
    assert received[0][2] == api.get(f"/deployments/{identifier}")
    assert received[1][2] == {"state": "READY"}
    assert list(events(api, identifier, received[1][0])) == []
    assert list(events(api, identifier, received[0][0])) == received[1:]


@pytest.mark.parametrize("branch", ["main", "broken"])
def test_a_client_that_reconnects_gets_each_change_that_it_missed(api: Api, branch: str) -> None:
    created = api.deploy(branch)
    first = next(events(api, created["id"]))
    assert first[1:] == ("deployment", created)
    api.advance(ENDED)
    states, log = [created["state"]], list[Any]()
    received = list(events(api, created["id"], first[0]))
    for _, name, data in received:
        if name == "deployment":
            assert data["log"] == log
            states.append(data["state"])
        elif name == "log":
            assert data["index"] == len(log)
            log.append(data["entry"])
    final = api.get(f"/deployments/{created['id']}")
    assert states == ["QUEUED", "BUILDING", final["state"]]
    assert log == final["log"]
    assert received[-1][1:] == ("end", {"state": final["state"]})


def test_a_cancellation_ends_the_events(api: Api) -> None:
    identifier = api.deploy()["id"]
    api.advance(BUILDING)
    stream = events(api, identifier)
    assert next(stream)[2]["state"] == "BUILDING"
    canceled = api.post(identifier, "cancel").json
    assert [each[1:] for each in stream] == [
        ("deployment", canceled),
        ("end", {"state": "CANCELED"}),
    ]


def test_a_redeploy_starts_the_events_again(api: Api) -> None:
    identifier = api.deploy()["id"]
    api.advance(ENDED)
    end = list(events(api, identifier))[-1]
    queued = api.post(identifier, "redeploy").json
    assert next(events(api, identifier, end[0]))[1:] == ("deployment", queued)
