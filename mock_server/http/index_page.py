"""The page at ``/``: a list of the fixtures, or of the operations, for a browser."""

from __future__ import annotations

import base64
import hashlib
from html import escape
from urllib.parse import quote

from ..contract.document.operation import Operation
from ..contract.document.spec import Spec
from ..contract.exchange import Response
from ..fixtures.values import Fixture, Fixtures

GALLERY = "/_mock/"
MAX_OPERATIONS = 100
STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
li { margin: 0 0 1rem; } small { opacity: .75; } code { overflow-wrap: anywhere; }
ul { list-style: none; padding: 0; }
.dot { width: .7em; height: .7em; margin-right: .4em; }
"""
DIGEST = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
HEADERS = (
    ("Content-Type", "text/html; charset=utf-8"),
    ("Content-Security-Policy", f"default-src 'none'; style-src 'sha256-{DIGEST}'"),
)


def page(spec: Spec, fixtures: Fixtures) -> Response:
    """Return an HTML list of the fixtures; without any, of the operations. Texts are escaped."""
    title = escape(str(spec.data["info"].get("title", "API")))
    content = _states(spec, fixtures) if fixtures.fixtures else _operations(spec)
    html = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style>'
        f"<h1>{title}</h1>{content}</html>"
    )
    return Response(200, HEADERS, html.encode("utf-8", "replace"))


def _states(spec: Spec, fixtures: Fixtures) -> str:
    of_types = [(each, fixtures.of_type(each.name)) for each in spec.types.values()]
    shown = [(each, list(own.values())) for each, own in of_types if own]
    pages = "a card for each state, a console, a state map, and the API reference"
    if not spec.with_timelines:
        pages = "a card for each state, and the API reference"
    lists = "".join(_list(each.label if len(shown) > 1 else "", own) for each, own in shown)
    return (
        f'<p><a href="{GALLERY}"><b>Open the gallery</b></a>: {pages}.</p>'
        f"{lists}{_scenarios(fixtures)}"
    )


def _list(label: str, fixtures: list[Fixture]) -> str:
    """Return a list of fixtures. label: of their type, if the document has several."""
    count, items = len(fixtures), "\n".join(map(_item, fixtures))
    of_type = f" of type <b>{escape(label)}</b>" if label else ""
    return f"<p>{count} fixture{'' if count == 1 else 's'}{of_type}:</p><ul>{items}</ul>"


def _scenarios(fixtures: Fixtures) -> str:
    names = (f"<code>{escape(name)}</code>" for name in fixtures.scenarios)
    return f"<p>Scenarios: {', '.join(names)}.</p>" if fixtures.scenarios else ""


def _operations(spec: Spec) -> str:
    operations = list(spec.operations.values())
    listed = "\n".join(map(_operation, operations[:MAX_OPERATIONS]))
    rest = len(operations) - MAX_OPERATIONS
    more = f'<p>… and <a href="{GALLERY}">{rest} more</a>.</p>' if rest > 0 else ""
    bases = ", ".join(f"<code>{escape(prefix or '/')}</code>" for prefix in spec.prefixes)
    return (
        f'<p><a href="{GALLERY}"><b>Open the gallery</b></a>: '
        "each operation with its responses and examples, and the API reference.</p>"
        f"<p>{len(operations)} operations at {bases}:</p><ul>{listed}</ul>{more}"
    )


def _operation(operation: Operation) -> str:
    href = f"{GALLERY}operations/{quote(operation.id, safe='')}"
    return (
        f'<li><code>{operation.method}</code> <a href="{escape(href)}">{escape(operation.path)}</a>'
        f"<br><small>{escape(operation.summary)}</small></li>"
    )


def _item(fixture: Fixture) -> str:
    roles, status, key = fixture.type.timeline, fixture.status, escape(fixture.key)
    dot, word = "", f"<code>{key}</code>"
    if roles is not None:
        color = escape(roles.colors.get(str(status), "gray"))
        dot = (
            f'<svg class="dot" viewBox="0 0 2 2" aria-hidden="true"><circle cx="1" cy="1" r="1" '
            f'fill="{color}"/></svg>'
        )
        word = f"{escape(str(status))}, {word}"
    return (
        f'<li>{dot}<b><a href="{GALLERY}states/{quote(fixture.name)}">'
        f"{escape(fixture.name)}</a></b> "
        f"— {escape(fixture.about.title)} <small>({word})</small>"
        f"<br><small>{escape(fixture.about.purpose)}</small></li>"
    )
