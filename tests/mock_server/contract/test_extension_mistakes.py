"""A mistake in a member of an extension has its location, its pointer, and a fix."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mock_server.contract.document.loading import load
from tests.helpers.observatory import SPEC
from tests.mock_server.helpers.mistakes import mistakes

OBSERVER = "x-resource: { key: login, not_found: no_observer, fixtures: observers }"
PARENT = "parent: { Observer: observer }"
ROLES = "roles: { started_at: moving_since, completed_at: ready_since }"
MODE = "x-timeline:\n        status: mode"
PARKED = "parked: { phase: waiting }"
CREATE = "x-action: { do: create, who: owner, set: { added: now } }"
RESTART = "x-action: { do: restart, resource: Telescope, who: owner }"
LOOKUP = "x-lookup: { finds: Observer, ways: [], otherwise: caller }"
BODY = "body: { total: /total }"
TIMELINE, ABORT = (
    "/components/schemas/Telescope/x-timeline",
    "~1exposures~1{id}~1abort/post/x-action",
)
LOCATION = re.compile(r"[^ ]*openapi\.yaml:\d+:\d+ (/[^ ]*): ")

Case = tuple[str, str, str, str]
RESOURCES: list[Case] = [
    (OBSERVER, "x-resource: true", "x-resource", "must be an object; found true"),
    ("key: login", "key: 7", "/key", "must be text or a list; found 7"),
    ("key: login", "key: []", "/key", "must have at least 1 item; found []"),
    ("key: login", "key: [login, login]", "/key", "must have unique items"),
    ("key: login", "key: logn", "/key", "a property of its schema; found logn; did you mean login"),
    ("key: login", "kye: login", "/kye", "must be one of key, parent, not_found"),
    ("not_found: no_observer", "not_found: no_observr", "/not_found", "did you mean no_observer"),
    ("not_found: no_observer", "not_found: ''", "/not_found", 'must not be empty; found ""'),
    (
        "fixtures: observers",
        "fixtures: 'a b'",
        "/fixtures",
        'must match ^[A-Za-z0-9_-]+$; found "a b"',
    ),
    (
        "fixtures: observers",
        "fixtures: telescopes",
        "x-resource",
        "each type must have its own folder",
    ),
    (PARENT, "parent: Observer", "/parent", 'must be an object; found "Observer"'),
    (PARENT, "parent: {}", "/parent", "must have at least 1 key"),
    (PARENT, "parent: { Observer: a, Exposure: b }", "/parent", "must have at most 1 key"),
    (PARENT, "parent: { Observr: observer }", "/parent", "found Observr; did you mean Observer"),
    (PARENT, "parent: { Observer: observr }", "/parent", "found observr; did you mean observer"),
    (
        PARENT,
        "parent: { Observer: [observer, name] }",
        "/parent/Observer",
        "a property for each one of the key of Observer: login; found observer, name; name 1",
    ),
    (PARENT, "parent: { Exposure: name }", "/parent", "Telescope → Exposure → Telescope"),
    ("unique: [name]", "unique: name", "/unique", 'must be a list; found "name"'),
    ("unique: [name]", "unique: [nam]", "/unique/0", "found nam; did you mean name"),
    ("unique: [name]", "unique: [[name, nam]]", "/unique/0", "found nam; did you mean name"),
    ("unique: [name]", "owner: name", "/owner", 'must be an object; found "name"'),
    ("unique: [name]", "owner: { nam: login }", "/owner", "found nam; did you mean name"),
    (
        "unique: [name]",
        "owner: { name: logn }",
        "/owner",
        "a property of Observer, whose resources",
    ),
]
TIMELINES: list[Case] = [
    (MODE, f"{MODE[:-12]}status: 7", f"{TIMELINE}/status", "must be text or a list; found 7"),
    (MODE, f"{MODE[:-12]}status: []", f"{TIMELINE}/status", "must have at least 1 item"),
    (MODE, f"{MODE[:-12]}status: mod", f"{TIMELINE}/status", "found mod; did you mean mode"),
    (MODE, f"{MODE[:-12]}state: mode", TIMELINE, "status is required; found none; rename state"),
    (ROLES, "roles: moving_since", "/roles", 'must be an object; found "moving_since"'),
    (
        ROLES,
        "roles: { started: added }",
        "/roles/started",
        "must be a role; found started; did you",
    ),
    (ROLES, "roles: { started_at: [added] }", "/roles/started_at", 'must be text; found ["added"]'),
    (ROLES, "roles: { started_at: addd }", "/roles/started_at", "found addd; did you mean added"),
    (ROLES, "roles: { started_at: site }", "/roles/started_at", "site must be a timestamp"),
    (ROLES, "duration: [number]", "/duration", 'must be text; found ["number"]'),
    (ROLES, "duration: site", "/duration", "the property site must be a number"),
    (ROLES, "changes: site", "/changes", 'must be a list; found "site"'),
    (ROLES, "changes: [sit]", "/changes/0", "found sit; did you mean site"),
    (ROLES, "processes: [lens]", "x-timeline", "roles is required"),
    (ROLES, "processes: []\n        roles: {}", "/processes", "must have at least 1 item"),
    (
        ROLES,
        "processes: [lens]\n        roles: {}",
        "/processes/0",
        "found no lens_status; declare lens_status under properties",
    ),
    (PARKED, "parked: waiting", "/parked", 'must be an object; found "waiting"'),
    (
        PARKED,
        "parked: {}",
        "/parked",
        "must have a phase: waiting, running, ended-well, ended-badly",
    ),
    (PARKED, "parked: { phase: wating }", "/parked/phase", "found wating; did you mean waiting"),
    (
        PARKED,
        "parked: { phase: waiting, colour: red }",
        "/colour",
        "found colour; did you mean color",
    ),
    (PARKED, "parked: { phase: waiting, color: 7 }", "/color", "must be text; found 7; put it in"),
    (
        PARKED,
        f"{PARKED}\n        parkd: {{ phase: running }}",
        "/parkd",
        "must be a value of the enum",
    ),
    (
        f"        {PARKED}\n",
        "",
        "x-statuses",
        "each value of the enum; found no parked; add parked",
    ),
]
ACTIONS: list[Case] = [
    (CREATE, "x-action: creat", "/x-action", 'found "creat"; did you mean create'),
    (CREATE, "x-action: transition", "/x-action", 'found "transition"'),
    (CREATE, "x-action: 7", "/x-action", "must be text or an object; found 7"),
    (CREATE, "x-action: { who: owner }", "/x-action", "do is required; found none; add do"),
    (CREATE, "x-action: { do: creat }", "/x-action/do", 'found "creat"; did you mean create'),
    (CREATE, "x-action: { do: create, whos: owner }", "/x-action/whos", "did you mean who"),
    (CREATE, "x-action: { do: create, who: [owner] }", "/who", 'must be text; found ["owner"]'),
    (CREATE, "x-action: { do: create, set: now }", "/set", 'must be an object; found "now"'),
    (CREATE, "x-action: { do: create, set: { aded: now } }", "/set/aded", "did you mean added"),
    (
        CREATE,
        "x-action: { do: create, set: { login: x } }",
        "/set/login",
        "a property of Telescope",
    ),
    (CREATE, "x-action: { do: create, set: { site: 7 } }", "/set/site", "must be text; found 7"),
    (
        CREATE,
        "x-action: { do: create, set: { added: soon } }",
        "/set/added",
        "must be a whole number",
    ),
    (CREATE, "x-action: { do: create, set: { mode: movin } }", "/set/mode", "did you mean moving"),
    (
        RESTART,
        "x-action: { do: restart, resource: Telescop }",
        "/resource",
        "did you mean Telescope",
    ),
    (
        RESTART,
        "x-action: { do: restart, resource: Observer }",
        "/x-action",
        "add x-timeline to Observer",
    ),
    (
        "from: [waiting, running]",
        "from: []",
        f"{ABORT}/from",
        "must have at least 1 item; found []",
    ),
    (
        "from: [waiting, running]",
        "from: [wating]",
        f"{ABORT}/from",
        "found wating; did you mean waiting",
    ),
    ("from: [waiting, running]", "from: { a: 1 }", f"{ABORT}/from", "must be text or a list"),
    ("otherwise: 409", "otherwise: 200", f"{ABORT}/otherwise", "must be at least 400; found 200"),
    (
        "otherwise: 409",
        "otherwise: no_such_code",
        f"{ABORT}/otherwise",
        "must be the name of an example of a response; found no_such_code",
    ),
    (
        "otherwise: 409",
        "otherwise: 410",
        f"{ABORT}/otherwise",
        "found 410; valid: 401, 403, 404, 409",
    ),
    (
        "set: { status: completed",
        "set: { status: completd",
        "/set/status",
        "did you mean completed",
    ),
]
PAGES: list[Case] = [
    ("style: page\n", "style: pages\n", "/x-page/style", 'found "pages"; did you mean page'),
    ("        style: page\n", "", "/x-page", "style is required; found none; add style"),
    (
        "position: page",
        "position: pag",
        "/position",
        "a query parameter; found pag; did you mean page",
    ),
    ("position: page", "positon: page", "/positon", "did you mean position"),
    ("limit: size", "limit: siz", "/limit", "a query parameter; found siz; did you mean size"),
    ("default: 10", "default: 0", "/default", "must be at least 1; found 0"),
    ("default: 10", "default: ten", "/default", 'must be a whole number; found "ten"'),
    ("maximum: 50", "maximum: 5", "/default", "must be at most the maximum, 5; found 10"),
    ("order: number", "order: numbr", "/order", "of Telescope; found numbr; did you mean number"),
    ("order: number", "order: [-number, nam]", "/order/1", "found nam; did you mean name"),
    ("order: number", "sort: sort", "/sort", "a query parameter; found sort"),
    (BODY, "body: { total: total }", "/body/total", 'must match ^/; found "total"'),
    (BODY, "body: { totl: /total }", "/body/totl", "found totl; did you mean total"),
    (BODY, "body: { total: /totals }", "/body/total", "found /totals; did you mean total"),
    (BODY, "links: maybe", "/links", 'must be true or false; found "maybe"'),
]
LOOKUPS: list[Case] = [
    (LOOKUP, "x-lookup: Observer", "/x-lookup", 'must be an object; found "Observer"'),
    (
        LOOKUP,
        "x-lookup: { finds: Observr, ways: [] }",
        "/finds",
        "found Observr; did you mean Observer",
    ),
    (
        LOOKUP,
        "x-lookup: { finds: Observer, ways: [], otherwise: all }",
        "/otherwise",
        "must be caller",
    ),
    (LOOKUP, "x-lookup: { finds: Observer, ways: [{}] }", "/ways/0", "by is required"),
    (LOOKUP, "x-lookup: { finds: Observer, ways: [{ by: {} }] }", "/ways/0/by", "at least 1 key"),
    (
        LOOKUP,
        "x-lookup: { finds: Observer, ways: [], filters: [logn] }",
        "/filters/0",
        "mean login",
    ),
    (
        LOOKUP,
        "x-lookup: { finds: Observer, ways: [], filters: login }",
        "/filters",
        "must be a list",
    ),
    (LOOKUP, "x-lookup: { finds: Observer, ways: [], find: 1 }", "/find", "did you mean finds"),
    (
        LOOKUP,
        "x-lookup: { finds: Observer, ways: [{ by: { a: '{Observer.logn}' } }] }",
        "/ways/0/by/a",
        "must name a declared property; found {Observer.logn}; did you mean login",
    ),
    (
        LOOKUP,
        "x-lookup: { finds: Observer, ways: [{ by: { a: '{Observr.login}' } }] }",
        "/ways/0/by/a",
        "found {Observr.login}; did you mean Observer",
    ),
    (
        LOOKUP,
        "x-lookup: { finds: Observer, ways: [{ by: { a: '{Observer.login}' } }] }",
        "/ways/0/by/a",
        "must name a parameter, or a property of the request body; found a",
    ),
]


@pytest.mark.parametrize(
    ("right", "wrong", "where", "message"), [*RESOURCES, *TIMELINES, *ACTIONS, *PAGES, *LOOKUPS]
)
def test_a_mistake_has_its_location_and_says_what_is_right(
    tmp_path: Path, right: str, wrong: str, where: str, message: str
) -> None:
    found = mistakes(SPEC, tmp_path, right, wrong)
    locations = {each: LOCATION.match(each) for each in found}
    assert all(locations.values()), found
    named = [
        each for each, location in locations.items() if location and location[1].endswith(where)
    ]
    assert any(message in each for each in named), found
    assert not any("{'" in each or '{"type"' in each or "None" in each for each in found), found


def test_a_smaller_maximum_makes_the_default_smaller(tmp_path: Path) -> None:
    text = SPEC.read_text("utf-8")
    path = tmp_path / "openapi.yaml"
    path.write_text(
        text.replace("        default: 10\n        maximum: 50\n", "        maximum: 5\n")
    )
    page = load(path).operations["listTelescopes"].page
    assert page is not None
    assert (page.default, page.maximum) == (5, 5)
