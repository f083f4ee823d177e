"""Read the event stream of a resource to its end, and compute what its events describe."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import requests

from mock_server.contract.document.operation import DocumentedResponse, Operation
from mock_server.contract.document.resources.types import Process, ResourceType
from mock_server.contract.exchange import Exchange
from mock_server.contract.violations import show

from ..judging.event_streams import StreamEvent
from ..run.run import Run
from ..target.knowledge import TargetClient
from ..target.roles import Chain
from ..target.target import TargetSession
from .calls import Call, send


def read_stream(
    run: Run,
    operation: Operation,
    chain: Chain,
    seconds: float,
    last_id: str | None = None,
) -> Exchange | None:
    """Read a stream of a resource until it ends; None if it takes too long.

    last_id: the id of the event after which it continues.
    """
    target = replace(run.target, timeout=seconds)
    session = TargetSession(target, run.recorder.record)
    streaming = replace(run, client=TargetClient(run.spec, session))
    headers = {} if last_id is None else {"last-event-id": last_id}
    try:
        return send(streaming, operation, chain, Call(headers=headers))
    except requests.RequestException:
        return None
    finally:
        session.close()


def process_of(resource_type: ResourceType, members: Mapping[str, str], data: Any) -> Process:
    """Return the process whose log an event continues. Raises StopIteration for an unknown one."""
    processes = resource_type.timeline.processes if resource_type.timeline else ()
    named = members.get("name")
    with_logs = (each for each in processes if each.get("logs"))
    return next(each for each in with_logs if named is None or each.name == data[named])


def described(
    resource_type: ResourceType, response: DocumentedResponse, events: Iterable[StreamEvent]
) -> tuple[dict[str, Any] | None, str]:
    """Return the resource that a client knows after these events, and what is wrong with them.

    Raises LookupError, TypeError or StopIteration for data that breaks the schema.
    """
    value: dict[str, Any] | None = None
    for event in events:
        if event.kind == "resource":
            value = json.loads(json.dumps(event.data))
        elif event.kind == "log" and value is not None:
            members = response.events["log"].roles
            log = process_of(resource_type, members, event.data)["logs"]
            entries, index = value.setdefault(log, []), event.data[members["position"]]
            if index > len(entries):
                return value, f"entry {show(index)} of {log} after {len(entries)} entries"
            entries[index : index + 1] = [event.data[members["value"]]]
    return value, ""
