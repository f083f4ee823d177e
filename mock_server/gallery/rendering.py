"""Templates to HTML: everything is escaped, and a name that is not there is a mistake."""

from __future__ import annotations

import json
import re
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .preview import titled

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

TEMPLATES = Path(__file__).with_name("templates")
CODE = re.compile(r"`([^`]+)`")
BULLET = re.compile(r"^- ", re.MULTILINE)


def render(template: str, **told: Any) -> bytes:
    """A template as UTF-8; a lone half of a character, which JSON may hold, becomes U+FFFD."""
    html = _environment().get_template(template).render(told)
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
    environment.filters["tojson_text"] = partial(json.dumps, ensure_ascii=False)
    environment.filters["titled"] = titled
    return environment


def inline(text: str) -> Markup:
    """A line of the spec's Markdown: what stands in backquotes is code."""
    from markupsafe import Markup, escape

    parts = CODE.split(text)
    told = (
        Markup("<code>{}</code>").format(part) if number % 2 else escape(part)
        for number, part in enumerate(parts)
    )
    return Markup("").join(told)


def prose(text: str) -> Markup:
    """The Markdown that the spec's descriptions are written in: paragraphs, lists, code."""
    from markupsafe import Markup

    blocks = (block.strip("\n") for block in re.split(r"\n\s*\n", text.strip()))
    return Markup("").join(_block(block) for block in blocks if block)


def _block(block: str) -> Markup:
    from markupsafe import Markup

    before, *items = BULLET.split(block)
    paragraph = Markup("<p>{}</p>").format(inline(before.strip())) if before.strip() else Markup("")
    if not items:
        return paragraph
    listed = Markup("").join(Markup("<li>{}</li>").format(inline(item.strip())) for item in items)
    return paragraph + Markup("<ul>{}</ul>").format(listed)
