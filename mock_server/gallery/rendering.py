"""Render templates to HTML. Every value is escaped, and an unknown variable is an error."""

from __future__ import annotations

import json
import re
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .preview import as_title, plural

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

TEMPLATES = Path(__file__).with_name("templates")
CODE = re.compile(r"`([^`]+)`")
# A string, which is a key if a colon follows, a number, or a word
JSON_TOKEN = re.compile(
    r'(?P<text>"(?:\\.|[^"\\])*")(?P<key>(?=\s*:))?|(?P<number>-?\b\d[\d.eE+-]*)|(?P<word>\b[a-z]+\b)'
)
ITEM = re.compile(r"^(?:-|\d+\.) ", re.MULTILINE)


def render(template: str, **values: Any) -> bytes:
    """Return a template as UTF-8. A lone surrogate, which JSON allows, becomes U+FFFD."""
    html = _environment().get_template(template).render(values)
    return html.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["prose"] = prose
    environment.filters["inline"] = inline
    environment.filters["highlighted"] = highlighted
    environment.filters["tojson_text"] = partial(json.dumps, ensure_ascii=False)
    environment.filters["as_title"] = as_title
    environment.filters["plural"] = plural
    return environment


def inline(text: str) -> Markup:
    """Return a line of Markdown as HTML: text in backquotes becomes code."""
    from markupsafe import Markup, escape

    parts = CODE.split(text)
    html = (
        Markup("<code>{}</code>").format(part) if number % 2 else escape(part)
        for number, part in enumerate(parts)
    )
    return Markup("").join(html)


def highlighted(text: str) -> Markup:
    """Return JSON as HTML in which keys, strings, numbers and words have classes."""
    from markupsafe import Markup, escape

    parts, end = [], 0
    for token in JSON_TOKEN.finditer(text):
        kind = "key" if token["key"] is not None else str(token.lastgroup)
        span = Markup('<span class="json-{}">{}</span>').format(kind, token[0])
        parts += [escape(text[end : token.start()]), span]
        end = token.end()
    return Markup("").join([*parts, escape(text[end:])])


def prose(text: str) -> Markup:
    """Return Markdown as HTML: paragraphs, bulleted and numbered lists, and code."""
    from markupsafe import Markup

    blocks = (block.strip("\n") for block in re.split(r"\n\s*\n", text.strip()))
    return Markup("").join(_block(block) for block in blocks if block)


def _block(block: str) -> Markup:
    from markupsafe import Markup

    before, *items = ITEM.split(block)
    paragraph = Markup("<p>{}</p>").format(inline(before.strip())) if before.strip() else Markup("")
    if not items:
        return paragraph
    html = Markup("").join(Markup("<li>{}</li>").format(inline(item.strip())) for item in items)
    if block[len(before)] == "-":
        return paragraph + Markup("<ul>{}</ul>").format(html)
    return paragraph + Markup("<ol>{}</ol>").format(html)
