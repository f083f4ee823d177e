"""Requests sent many times: the same is answered each time, also where most are right."""

from __future__ import annotations

from mock_server.contract.document.spec import Operation
from mock_server.contract.violations import Violation

from ..run.run import Run
from ..target.knowledge import TargetClient
from ..target.roles import SUCCESS, Resource, restarts, returns_list
from ..target.target import Exchange, TargetSession
from .test_lookups import is_it, key_of, same, ways

TIMES = 36
OF_LISTS = 12  # which are long


def test_the_same_is_answered_every_time(run: Run, operation: Operation) -> None:
    """A request that is answered once is answered however often it is sent, and all the same."""
    if restarts(run.spec, operation):
        return
    key = key_of(run, operation)
    for way, asked, resource in list(ways(run, operation))[:1]:
        heard: list[Exchange] = []
        client = TargetClient(
            run.spec, TargetSession(run.target, heard.append, run.recorder.record_error)
        )
        for _ in range(OF_LISTS if returns_list(operation) else TIMES):
            client.call(operation, asked)
        for exchange in heard:
            run.recorder.record(exchange)
            if exchange.response.status not in (SUCCESS, 404):
                continue  # the record has noted it
            found: list[Resource] = run.client.resources(operation, exchange)
            mine = [each for each in found if each.get(key) == resource[key]] or found[:1]
            if is_it(run, operation, way, resource, asked, mine, exchange):
                same(run, operation, resource, asked, mine[0])


def test_head_is_answered_as_get(run: Run, with_query: Operation) -> None:
    """HEAD has the status and the type of GET, and no body."""
    if with_query.method != "GET":
        return
    session = run.client.session
    known = [asked for _, asked, _ in ways(run, with_query)]
    unknown = [{name: "no such thing"} for asked in known[:1] for name in asked]
    for asked in (*known[:1], *known[-1:], *unknown):
        get = session.send_request("GET", with_query.path, asked).response
        exchange = session.send_request("HEAD", with_query.path, asked)
        head = exchange.response
        if (head.status, head.media_type) != (get.status, get.media_type):
            message = "HEAD is answered as GET is, without the body"
            told = f"{head.status} {head.media_type}, not {get.status} {get.media_type}"
            run.recorder.report(with_query, Violation("head", message, found=told), exchange)
