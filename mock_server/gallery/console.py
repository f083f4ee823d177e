"""The console: a page that controls a session, and the panels that it reloads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from .. import journal
from ..contract.document.operation import Operation
from ..contract.exchange import Response
from ..control import control_api, timelines
from ..foundation import timestamps
from ..journal import JournalRecord
from ..operations.lookup import shows_one
from ..state.catalog import Resource
from ..state.session_names import PREFIX, validated_name
from ..state.view import View
from . import fault_form, sample_calls
from .live_pages.url_templates import page_url_of
from .operations.request_form import RequestForm, request_form
from .operations.tags import by_tag
from .page_request import PageError, PageRequest, hint_for, key_member, requested_resource
from .pages import HTML, page_response
from .preview import as_title, plural, resource_view
from .rendering import render
from .sample_calls import SampleCall
from .timeline_strip import strip

MAX_WAIT = 20.0  # seconds that a request for the journal may wait
MAX_EXCHANGES = 100  # per response
MAX_LOG_ENTRIES = 60  # shown per log; the page of a state shows all
MAX_VALUES = 60  # shown of a resource without a log
FIELDS = {"show": "fixture", "play": "scenario", "next": "scenario"}  # form → its field
CLOCK_CHANGES: Mapping[str, Any] = {"advance": 1, "freeze": True, "rate": 1}  # initial values


def console(page: PageRequest) -> Response:
    """Return the console.

    ``session`` in the query redirects (303) to the console of that session; ``operation`` selects
    the one whose form is shown. Raise PageError (404) if it is unknown.
    """
    session = page.query.get("session")
    if session is not None:
        session_path = f"{PREFIX}{validated_name(session.strip(), 'session')}"
        location = f"{replace(page, session_path=session_path).base}/console"
        return Response(303, (("Location", location),))
    view = page.session_view() if page.admin_access.knows(page.request) else page.initial_view
    resource = requested_resource(page, view)
    name, spec = resource.type.name, page.spec
    choices = _choices(page, resource)
    return page_response(
        page,
        "console.html",
        names=control_api(spec).names.of(name),
        resource=resource,
        numeric=isinstance(next(iter(key_member(spec, resource).values())), int),
        choices=choices,
        calls=_calls(page, resource, choices),
        sending=_request_form(page, view, _selected_operation(page, resource), resource),
        tags=list(by_tag(spec)),
        actions=_actions(page, view, resource),
        restart=_restart(page, resource),
        groups=list(_groups(page, view)),
        has_own_page=any(each.type == name for each in page.page_templates),
        kinds=fault_form.kinds(spec),
        common_fields=fault_form.common_fields(spec),
    )


def _selected_operation(page: PageRequest, resource: Resource) -> Operation:
    """Return the operation in the query, by default the usual one."""
    operations = page.spec.operations
    name = page.query.get("operation")
    if name is None:
        return _usual_operation(page, resource)
    if name not in operations:
        raise PageError(404, f"Unknown operation {name}", hint_for(name, list(operations)))
    return operations[name]


def _usual_operation(page: PageRequest, resource: Resource) -> Operation:
    """Return the operation that gets a resource, or else the first one."""
    operations = page.spec.operations.values()
    getting = (each for each in operations if shows_one(each, resource.type))
    return next(getting, next(iter(operations)))


def _groups(page: PageRequest, view: View) -> Iterator[tuple[str, str, list[tuple[str, str]]]]:
    """Yield the resources of each type with a timeline: its title, its key, and its options."""
    names = control_api(page.spec).names
    for each in page.spec.with_timelines:
        resources = list(view.all(each.name))
        if resources:
            title = as_title(plural(each.label))
            yield title, names.of(each.name).key, [_option(resource) for resource in resources]


def _option(resource: Resource) -> tuple[str, str]:
    """Return the key of a resource, and the text of its option."""
    title = f" · {resource.fixture.about.title}" if resource.fixture else ""
    return resource.key, f"{resource.key}{title}"


def _actions(
    page: PageRequest, view: View, resource: Resource
) -> list[tuple[str, str, SampleCall]]:
    """Return the actions on a resource: the id of the operation, its word and its request."""
    calls = sample_calls.action_calls(page.context, view, resource, page.root)
    return [(operation.id, sample_calls.word_of(operation), call) for operation, call in calls]


def _restart(page: PageRequest, resource: Resource) -> str | None:
    """Return what the API calls a restart of a resource; None if it has none."""
    actions = sample_calls.actions_of(page.spec, resource.type)
    restarts = (each for each in actions if each.does == sample_calls.RESTART)
    return next((sample_calls.word_of(each) for each in restarts), None)


def _choices(page: PageRequest, resource: Resource) -> dict[str, list[str]]:
    """Return the fixtures or scenarios of each form, the default one first; none without any."""
    fixtures, name = page.dataset.fixtures, resource.type.name
    scenarios = sorted(fixtures.scenarios_of(name).values(), key=lambda each: not each.default)
    restarts = _restart(page, resource) is not None
    choices = {
        "show": list(fixtures.of_type(name)),
        "play": [scenario.name for scenario in scenarios],
        "next": [scenario.name for scenario in scenarios if scenario.can_restart and restarts],
    }
    return {form: names for form, names in choices.items() if names}


def _calls(
    page: PageRequest, resource: Resource, choices: Mapping[str, list[str]]
) -> Mapping[str, SampleCall]:
    """Return the request of each form, with its initial values."""
    base, spec, key = page.base, page.spec, key_member(page.spec, resource)
    bodies = {form: {**key, FIELDS[form]: names[0]} for form, names in choices.items()}
    return {
        **{call: _control_call(f"{base}/{call}", body) for call, body in bodies.items()},
        **{
            change: _control_call(f"{base}/clock", {change: value})
            for change, value in CLOCK_CHANGES.items()
        },
        "reset": _control_call(f"{base}/reset"),
        "faults": _control_call(f"{base}/faults", fault_form.example(spec)),
    }


def resource_panel(page: PageRequest) -> Response:
    """Return the current state of a resource in the session, with its timeline and the clock."""
    view = page.session_view()
    resource = requested_resource(page, view)
    played, roles = timelines.timeline(view, resource), page.spec.timeline(resource.type.name)
    fixtures = page.dataset.fixtures
    html = render(
        "console_resource.html",
        page=page,
        spec=page.spec,
        view=resource_view(resource.type, view.value(resource), view.now),
        strip=strip(roles, played),
        timeline=played,
        plays=played["name"] in fixtures.scenarios,
        shows=played["name"] in fixtures.fixtures,
        clock=view.session_state.clock,
        now=timestamps.to_text(view.now),
        actions={operation: call.json() for operation, _, call in _actions(page, view, resource)},
        next_change=_next_change(played),
        own_page=page_url_of(page.page_templates, resource, page.session),
        max_entries=MAX_LOG_ENTRIES,
        max_values=MAX_VALUES,
    )
    return Response(200, HTML, html)


def _next_change(timeline: Mapping[str, Any]) -> str:
    """Return the seconds of the timeline until its next step, as text; empty if it has ended."""
    later = (step["at"] for step in timeline["moments"] if step["at"] > timeline["elapsed"])
    return next((f"{at - timeline['elapsed']:.3f}" for at in later), "")


def request_panel(page: PageRequest) -> Response:
    """Return the form for a request to the operation in the query, by default the usual one.

    If it finds the resource in the query, it finds that one. Raise PageError (404) if one of them
    is unknown.
    """
    view = page.session_view()
    resource = requested_resource(page, view)
    form = _request_form(page, view, _selected_operation(page, resource), resource)
    html = render("console_request.html", page=page, spec=page.spec, form=form)
    return Response(200, HTML, html)


def _request_form(
    page: PageRequest, view: View, operation: Operation, resource: Resource
) -> RequestForm:
    finds = operation.lookup.finds if operation.lookup else ""
    wanted = resource.ancestor(finds) or resource
    values = sample_calls.values_for(operation, wanted) or {}
    return request_form(page, operation, values, sample_calls.token_for(view, resource))


def journal_panel(page: PageRequest) -> Response:
    """Return the exchanges after number ``after``, newest first.

    If there is none, wait for one: up to ``wait`` seconds.
    """
    after, wait = int(_number(page, "after")), min(_number(page, "wait"), MAX_WAIT)
    page.context.sessions.session_state(page.session)
    after = max(after, journal.last(page.context, page.session) - MAX_EXCHANGES)
    found = journal.wait(page.context, page.session, after, wait)
    exchanges = [(each, violations(page, each)) for each in reversed(found.records)]
    html = render("console_journal.html", page=page, exchanges=exchanges, last=found.last)
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
