"""Infer how a list is divided into pages: from the names of its parameters, fields and headers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..contract.document.operation import Operation, Parameter
from ..contract.document.references import combined
from ..contract.violations import pointer
from .lifecycles import plain

# Style → names of the parameter with the position, without separators
POSITIONS: Mapping[str, Sequence[str]] = {
    "cursor": ("cursor", "pagetoken", "nexttoken", "pagecursor"),
    "page": ("page", "pagenumber"),
    "offset": ("offset", "skip"),
}
LIMITS = ("limit", "perpage", "pagesize", "size", "maxresults", "top")
FIELDS: Mapping[str, Sequence[str]] = {
    "next": ("nextcursor", "nextpagetoken", "nexttoken", "next"),
    "previous": ("previouscursor", "prevcursor", "previoustoken"),
    "total": ("total", "totalcount", "totalitems", "totalresults"),
    "pages": ("totalpages", "pagecount"),
    "has_more": ("hasmore", "hasnext", "hasnextpage"),
}
TYPES = {"next": "string", "previous": "string", "has_more": "boolean"}  # else a number
HEADERS = {"xtotalcount": "total", "xtotal": "total", "xtotalpages": "pages"}


def page_of(data: Any, operation: Operation) -> dict[str, Any] | None:
    """Return the ``x-page`` of an operation that lists resources; None if nothing suggests one."""
    by_name = {plain(each.name): each for each in operation.parameters}
    positions = ((s, by_name[n]) for s, names in POSITIONS.items() for n in names if n in by_name)
    style, position = next(positions, ("", None))
    limit = next((by_name[name] for name in LIMITS if name in by_name), None)
    fields = dict(_fields(data, operation.success.schema, style))
    links = any(name.lower() == "link" for name in operation.success.headers)
    if position is None or (style == "cursor" and "next" not in fields and not links):
        return None
    headers = {HEADERS[plain(n)]: n for n in operation.success.headers if plain(n) in HEADERS}
    page = {"style": style, "position": position.name, **(_limit(limit) if limit else {})}
    more = {"body": fields, "headers": headers, "links": links}
    return page | {name: each for name, each in more.items() if each}


def _limit(parameter: Parameter) -> dict[str, Any]:
    """Return the parameter with the size of a page, and the sizes that its schema names."""
    sizes = {name: parameter.schema.get(name) for name in ("default", "maximum")}
    return {"limit": parameter.name} | {n: size for n, size in sizes.items() if size}


def _fields(data: Any, schema: str | None, style: str) -> Iterator[tuple[str, str]]:
    """Yield what a body says about its page: a role, and the JSON pointer to its property."""
    body = combined(data, {"$ref": f"#{schema}"} if schema else {})
    found: list[tuple[tuple[str, ...], Mapping[str, Any]]]
    found = [((name,), each) for name, each in _properties(data, body)]
    found += [((*path, n), s) for path, each in found for n, s in _properties(data, each)]
    for role, names in FIELDS.items():
        types = {TYPES.get(role, "integer"), "number" if role not in TYPES else ""}
        if TYPES.get(role) == "string" and style != "cursor":
            continue  # often a URL
        for path, each in found:
            kinds = each.get("type", ())
            kinds = {kinds} if isinstance(kinds, str) else {*kinds}
            if plain(path[-1]) in names and kinds & types and each.get("format") != "uri":
                yield role, pointer(path)
                break


def _properties(data: Any, schema: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, each in schema.get("properties", {}).items():
        yield name, combined(data, each)
