"""What the real server behind a proxy has just returned, drawn as the cards of fixtures are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from ... import journal
from ...contract.document.resources.types import ResourceType
from ...contract.exchange import Response
from ...contract.judge import resources_in
from ...contract.source import json_text
from ...foundation import timestamps
from ...journal import JournalRecord
from ..page_request import PageError, PageRequest
from ..preview import ResourceView, as_title, resource_view
from ..rendering import render
from ..state_map.candidates import Candidate
from ..states.values import ValueView, values_of

HTML = (("Content-Type", "text/html; charset=utf-8"),)
MAX_WAIT = 20.0  # seconds that a request for the next response may wait
MAX_READ = 20  # exchanges in which the last one of the real server is searched
MAX_CARDS = 3  # resources of one response, such as a list
MAX_LOG_ENTRIES, MAX_VALUES = 6, 8  # per card
FORMS = (KeyError, TypeError, ValueError, AttributeError)  # what a value of another form raises


@dataclass(frozen=True)
class RealState:
    """A resource in a response of the real server.

    view: None if its values have other forms than the document says; then ``values`` shows them.
    position: among the resources of the response. is_valid: whether it can be a fixture.
    """

    type: ResourceType
    value: Mapping[str, Any]
    at: int
    position: int
    view: ResourceView | None
    is_valid: bool

    @property
    def values(self) -> tuple[ValueView, ...]:
        return tuple(values_of(self.type, self.value))


def panel(page: PageRequest) -> Response:
    """Return the last response of the real server in this session, after number ``after``.

    If there is none, wait for one: up to ``wait`` seconds.
    """
    after = _number(page, "after")
    wait = min(float(_number(page, "wait")), MAX_WAIT)
    page.context.sessions.session_state(page.session)
    last = journal.last(page.context, page.session)
    found = journal.wait(page.context, page.session, max(after, last - MAX_READ), wait, _is_real)
    record = found.records[-1] if found.records else None
    html = render(
        "real_server.html",
        page=page,
        record=record,
        last=found.last,
        states=list(islice(states(page, record), MAX_CARDS)) if record else (),
        violations=[": ".join(each.values()) for each in (record or {}).get("violations", ())],
        max_entries=MAX_LOG_ENTRIES,
        max_values=MAX_VALUES,
    )
    return Response(200, HTML, html)


def fixture(page: PageRequest, number: str, position: str) -> Response:
    """Return a state of a response as a fixture file (YAML).

    Raises PageError (404) if the journal has no such state, or it breaks the contract.
    """
    wanted = int(number) if number.isdecimal() and len(number) < 12 else 0
    records = journal.read(page.context, page.session, wanted - 1, _is_real, 1).records
    listed = states(page, records[0]) if records and records[0]["number"] == wanted else ()
    state = next((each for each in listed if str(each.position) == position), None)
    if state is None or not state.is_valid:
        hint = "The log keeps the last exchanges only, and a fixture must keep the contract."
        raise PageError(404, f"No fixture can be made of exchange {number[:12]}", hint)
    label = state.type.label
    name = f"recorded-{state.type.key_of(state.value)}".replace("_", "-").lower()
    seen = Candidate(name, f"{as_title(label)} of the real server", state.at, state.value)
    file = "".join(each if each.isalnum() and each.isascii() else "-" for each in name)
    disposition = f'attachment; filename="{file}.yaml"'
    headers = (("Content-Type", "application/yaml"), ("Content-Disposition", disposition))
    return Response(200, headers, seen.text().encode())


def states(page: PageRequest, record: JournalRecord) -> Iterator[RealState]:
    """Yield the resources in a recorded response, if the journal has its complete body."""
    operation = page.spec.operations.get(record["operation"] or "")
    response = record["response"]
    documented = operation.documented(response["status"]) if operation else None
    if documented is None or response["encoding"] != "utf-8":
        return
    try:
        body = json_text.parse(response["body"].encode())
    except ValueError:  # it is no JSON, or the journal has only its start
        return
    at = timestamps.parse(record["at"])
    now = timestamps.to_datetime(at)
    for position, (name, _, value) in enumerate(resources_in(documented, body)):
        if isinstance(value, dict):
            resource_type = page.spec.types[name]
            is_valid = not page.context.judge.resource(name, value, now)
            view = _view(resource_type, value, at)
            yield RealState(resource_type, value, at, position, view, is_valid)


def _view(resource_type: ResourceType, value: Mapping[str, Any], at: int) -> ResourceView | None:
    try:
        return resource_view(resource_type, value, at)
    except FORMS:
        return None


def _is_real(record: JournalRecord) -> bool:
    return bool(record.get("forwarded"))


def _number(page: PageRequest, name: str) -> int:
    text = page.query.get(name, "0")
    if not text.isdecimal() or len(text) > 12:
        raise PageError(400, f"{name} must be a number; found {text[:40]}")
    return int(text)
