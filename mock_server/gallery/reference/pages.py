"""The page of the API reference."""

from __future__ import annotations

from ...contract.exchange import Response
from ..page_request import PageError, PageRequest, hint_for
from ..pages import page_response
from .parts import RESOURCES, Part, anchor, contents, href_of, parts_of, shown_parts
from .sections import operation_reference, schema_reference, timelines

PATH = "/contract"


def api_reference(page: PageRequest) -> Response:
    """Return the API reference: all of a small document, or the part that the query names.

    Raise PageError (404) if the part is unknown.
    """
    spec, rules = page.spec, page.context.judge.rules
    parts, slug = parts_of(spec), page.query.get("part")
    try:
        shown = shown_parts(parts, slug)
    except KeyError:
        hint = hint_for(str(slug), [part.slug for part in parts])
        raise PageError(404, f"Unknown part {slug}", hint) from None
    complete = len(shown) == len(parts)
    index = parts.index(shown[0])
    return page_response(
        page,
        "reference.html",
        sections=[(part, *_members(page, part)) for part in shown],
        contents=list(contents(parts, shown, rules, page.base + PATH)),
        schemas={name: _href(page, part, shown, name) for part in parts for name in part.schemas},
        timelines=timelines(spec) if complete or shown[0].title.startswith(RESOURCES) else (),
        complete=complete,
        first=not index,
        anchor=anchor,
        previous=None if complete or not index else parts[index - 1],
        next=None if complete or index + 1 == len(parts) else parts[index + 1],
    )


def _members(page: PageRequest, part: Part) -> tuple[list[object], list[object]]:
    """Return the operations and the schemas of a part."""
    spec, rules = page.spec, page.context.judge.rules
    return (
        [operation_reference(page, operation) for operation in part.operations],
        [schema_reference(spec, rules, name) for name in part.schemas],
    )


def _href(page: PageRequest, part: Part, shown: tuple[Part, ...], name: str) -> str:
    return f"{href_of(page.base + PATH, part, shown)}#{anchor('schema', name)}"
