"""The console: a page that controls a session, and the two panels that it reloads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from .. import journal
from ..contract.exchange import Response
from ..control import control_api, timelines
from ..foundation import timestamps
from ..journal import JournalRecord
from ..state.catalog import Resource
from ..state.playback import current_value
from ..state.session_names import PREFIX, validated_name
from . import fault_form, sample_calls
from .page_request import PageError, PageRequest, requested_release
from .pages import HTML, page_response
from .preview import release_view
from .rendering import render
from .sample_calls import SampleCall
from .timeline_strip import strip

MAX_WAIT = 20.0  # seconds that a request for the journal may wait
MAX_EXCHANGES = 100  # per response
MAX_LOG_ENTRIES = 60  # shown per log; the page of a state shows all
CLOCK_CHANGES: Mapping[str, Any] = {"advance": 1, "freeze": True, "rate": 1}  # initial values


def console(page: PageRequest) -> Response:
    """Return the console.

    ``session`` in the query redirects (303) to the console of that session.
    """
    session = page.query.get("session")
    if session is not None:
        session_path = f"{PREFIX}{validated_name(session.strip(), 'session')}"
        location = f"{replace(page, session_path=session_path).base}/console"
        return Response(303, (("Location", location),))
    resource, _ = requested_release(page)
    spec, fixtures = page.spec, page.dataset.fixtures
    return page_response(
        page,
        "console.html",
        name=control_api(spec).names.key,
        parameter=spec.key,
        key=resource.key,
        calls=_calls(page, resource),
        rebuild=sample_calls.rebuild_call(page.context, resource, page.session_path),
        fixtures=[(f, page.dataset.key_of(f)) for f in fixtures.releases.values()],
        scenarios=sorted(fixtures.scenarios.values(), key=lambda scenario: not scenario.default),
        kinds=fault_form.kinds(spec),
        common_fields=fault_form.common_fields(spec),
    )


def _calls(page: PageRequest, resource: Resource) -> Mapping[str, SampleCall]:
    """Return the request of each form, with its initial values."""
    base, fixtures, spec = page.base, page.dataset.fixtures, page.spec
    name, key = control_api(spec).names.key, resource.value[spec.key]
    get_release = sample_calls.get_call(spec, resource, page.root)
    default = fixtures.default_scenario.name
    bodies: dict[str, Any] = {
        "show": {name: key, "fixture": next(iter(fixtures.releases))},
        "play": {name: key, "scenario": default},
        "next": {name: key, "scenario": default},
    }
    return {
        **{call: _control_call(f"{base}/{call}", body) for call, body in bodies.items()},
        **{
            change: _control_call(f"{base}/clock", {change: value})
            for change, value in CLOCK_CHANGES.items()
        },
        "reset": _control_call(f"{base}/reset"),
        "faults": _control_call(f"{base}/faults", fault_form.example()),
        **({"get_release": get_release} if get_release else {}),
    }


def release_panel(page: PageRequest) -> Response:
    """Return the current state of a release in the session, with its timeline and the clock."""
    resource, fixture = requested_release(page)
    sessions, spec = page.context.sessions, page.spec
    session_state = sessions.session_state(page.session)
    now = session_state.clock.now(sessions.wall())
    timeline = timelines.timeline(page.dataset, session_state, fixture, now)
    rebuild = sample_calls.rebuild_call(page.context, resource, page.root)
    html = render(
        "console_release.html",
        page=page,
        spec=spec,
        view=release_view(spec, current_value(page.dataset, session_state, resource, now), now),
        strip=strip(spec, timeline),
        timeline=timeline,
        plays=timeline["name"] in page.dataset.fixtures.scenarios,
        clock=session_state.clock,
        now=timestamps.to_text(now),
        rebuild=rebuild,
        get=sample_calls.get_call(spec, resource, page.root),
        max_entries=MAX_LOG_ENTRIES,
    )
    return Response(200, HTML, html)


def journal_panel(page: PageRequest) -> Response:
    """Return the exchanges after number ``after``, newest first.

    If there is none, wait for one: up to ``wait`` seconds.
    """
    after, wait = int(_number(page, "after")), min(_number(page, "wait"), MAX_WAIT)
    page.context.sessions.session_state(page.session)
    records = journal.wait(page.context, page.session, lambda _: True, after, wait)
    exchanges = [(each, violations(page, each)) for each in reversed(records[-MAX_EXCHANGES:])]
    last = records[-1]["number"] if records else after
    html = render("console_journal.html", page=page, exchanges=exchanges, last=last)
    return Response(200, HTML, html)


def violations(page: PageRequest, record: JournalRecord) -> list[str]:
    """Return the violations of an exchange.

    The response to an invalid request lists them. For a response that a fault changed, the judge
    finds them, if the journal has its complete body.
    """
    listed = [": ".join(issue.values()) for issue in record.get("violations", ())]
    operation = page.spec.operations.get(record["operation"] or "")
    response = record["response"]
    body = (response["body"] or "").encode()
    complete = (
        response["encoding"] != "base64"
        and len(body) == response["size"]
        and not response["stream"]
    )
    if listed or operation is None or not record["faults"] or not complete:
        return listed
    headers = tuple((name, value) for name, value in response["headers"])
    now = timestamps.to_datetime(timestamps.parse(record["at"]))
    sent = Response(response["status"], headers, body)
    return [str(v) for v in page.context.judge.response(operation, None, sent, now)]


def _control_call(path: str, body: Any = None) -> SampleCall:
    return SampleCall("POST", path, body, control=True)


def _number(page: PageRequest, name: str) -> float:
    text = page.query.get(name, "0")
    if not text.replace(".", "", 1).isdecimal() or len(text) > 12:
        raise PageError(400, f"{name} must be a number; found {text[:40]}")
    return float(text)
