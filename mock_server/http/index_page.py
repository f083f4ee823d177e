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
    """Return an HTML list of the fixtures; without builds, of the operations. Texts are escaped."""
    title = escape(str(spec.data["info"].get("title", "API")))
    content = _states(spec, fixtures) if spec.release else _operations(spec)
    html = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style>'
        f"<h1>{title}</h1>{content}</html>"
    )
    return Response(200, HEADERS, html.encode("utf-8", "replace"))


def _states(spec: Spec, fixtures: Fixtures) -> str:
    listed = "\n".join(_item(spec, fixture) for fixture in fixtures.releases.values())
    scenarios = ", ".join(
        f"<code>{escape(scenario.name)}</code>" for scenario in fixtures.scenarios.values()
    )
    return (
        f'<p><a href="{GALLERY}"><b>Open the gallery</b></a>: '
        "a card for each state, a console, a state map, and the API reference.</p>"
        f"<p>{len(fixtures.releases)} fixtures:</p><ul>{listed}</ul>"
        f"<p>A rebuild plays one of these scenarios: {scenarios}.</p>"
    )


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


def _item(spec: Spec, fixture: Fixture) -> str:
    status = str(fixture.release.get(spec.build.status))
    color = escape(spec.colors.get(status, "gray"))
    key = escape(str(fixture.release[spec.key]))
    return (
        f'<li><svg class="dot" viewBox="0 0 2 2" aria-hidden="true"><circle cx="1" cy="1" r="1" '
        f'fill="{color}"/></svg><b><a href="{GALLERY}states/{quote(fixture.name)}">'
        f"{escape(fixture.name)}</a></b> "
        f"— {escape(fixture.about.title)} <small>({escape(status)}, <code>{key}</code>)</small>"
        f"<br><small>{escape(fixture.about.purpose)}</small></li>"
    )
