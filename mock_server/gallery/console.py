"""The console: a page that steers a session, and the parts of it that are drawn anew."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from .. import journal
from ..contract.exchange import Response
from ..control import timelines
from ..foundation import timestamps
from ..state.playback import current_value
from ..state.session_names import PREFIX, validated_name
from . import fault_form, sample_calls
from .page_request import TroubleError, Visit, release_asked
from .pages import HTML, page
from .preview import look
from .rendering import render
from .sample_calls import Call
from .timeline_strip import strip

MOST_WAIT = 20.0  # seconds that a look at the journal may wait
MOST_SHOWN = 100  # exchanges that one look shows
TAIL = 60  # entries of a log that are shown; all stand on the page of a state

Exchange = Mapping[str, Any]


def console(visit: Visit) -> Response:
    """The page; with ``session`` in the query, the way to that session's."""
    wanted = visit.query.get("session")
    if wanted is not None:
        where = f"{PREFIX}{validated_name(wanted.strip(), 'session')}"
        return Response(303, (("Location", f"{where}/{_inside(visit)}"),))
    resource, _ = release_asked(visit)
    spec, base = visit.spec, visit.base
    name = spec.entities[spec.release].key
    key = resource.value[name]
    fixtures, scenarios = visit.dataset.fixtures.releases, visit.dataset.fixtures.scenarios
    default = visit.dataset.fixtures.default_scenario.name
    bodies: dict[str, Any] = {
        "show": {name: key, "fixture": next(iter(fixtures))},
        "play": {name: key, "scenario": default},
        "next": {name: key, "scenario": default},
    }
    acts = {act: _steering(f"{base}/{act}", body) for act, body in bodies.items()}
    acts |= {how: _steering(f"{base}/clock", {how: value}) for how, value in CLOCK.items()}
    acts["reset"] = _steering(f"{base}/reset")
    acts["faults"] = _steering(f"{base}/faults", fault_form.example())
    acts["find"] = sample_calls.finding(spec, key, visit.home)
    return page(
        visit,
        "console.html",
        name=name,
        key=key,
        acts=acts,
        fixtures=[(f, visit.dataset.key_of(f)) for f in fixtures.values()],
        scenarios=sorted(scenarios.values(), key=lambda scenario: not scenario.default),
        kinds=fault_form.kinds(spec),
        common=fault_form.common(spec),
    )


CLOCK: Mapping[str, Any] = {"advance": 1, "freeze": True, "rate": 1}


def seen(visit: Visit) -> Response:
    """A release as it shows now in the session, with its timeline and clock."""
    resource, fixture = release_asked(visit)
    sessions, spec = visit.context.sessions, visit.spec
    session_state = sessions.session_state(visit.session)
    now = session_state.clock.now(sessions.wall())
    told = timelines.timeline(visit.dataset, session_state, fixture, now)
    key = resource.value[spec.entities[spec.release].key]
    rebuild = sample_calls.rebuilding(visit.context, resource, key, visit.home)
    html = render(
        "seen.html",
        visit=visit,
        spec=spec,
        look=look(spec, current_value(visit.dataset, session_state, resource, now), now),
        strip=strip(spec, told),
        told=told,
        plays=told["name"] in visit.dataset.fixtures.scenarios,
        clock=session_state.clock,
        now=timestamps.to_text(now),
        rebuild=asdict(rebuild) if rebuild else None,
        tail=TAIL,
    )
    return Response(200, HTML, html)


def exchanges(visit: Visit) -> Response:
    """The session's exchanges after a number, the latest first; ``wait`` seconds for the next."""
    after, wait = int(_number(visit, "after")), min(_number(visit, "wait"), MOST_WAIT)
    visit.context.sessions.session_state(visit.session)
    found = journal.wait(visit.context, visit.session, lambda _: True, after, wait)
    told = [(each, violations(visit, each)) for each in reversed(found[-MOST_SHOWN:])]
    last = found[-1]["number"] if found else after
    return Response(200, HTML, render("journal.html", visit=visit, exchanges=told, last=last))


def violations(visit: Visit, exchange: Exchange) -> list[str]:
    """What an exchange breaks: as its answer lists it, or as the judge finds what a fault made."""
    listed = [": ".join(issue.values()) for issue in exchange.get("violations", ())]
    operation = visit.spec.operations.get(exchange["operation"] or "")
    answer = exchange["response"]
    body = (answer["body"] or "").encode()
    whole = answer["encoding"] != "base64" and len(body) == answer["size"] and not answer["stream"]
    if listed or operation is None or not exchange["faults"] or not whole:
        return listed
    headers = tuple((name, value) for name, value in answer["headers"])
    now = timestamps.to_datetime(timestamps.parse(exchange["at"]))
    sent = Response(answer["status"], headers, body)
    return [str(v) for v in visit.context.judge.answer(operation, None, sent, now)]


def _steering(path: str, body: Any = None) -> Call:
    return Call("POST", path, body, steers=True)


def _inside(visit: Visit) -> str:
    return f"{visit.base.removeprefix(visit.home).lstrip('/')}/console"


def _number(visit: Visit, name: str) -> float:
    text = visit.query.get(name, "0")
    if not text.replace(".", "", 1).isdecimal() or len(text) > 12:
        raise TroubleError(400, f"{name} is a number, not {text[:40]}")
    return float(text)
