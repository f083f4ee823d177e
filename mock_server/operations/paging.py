"""Pages of a list (``x-page``): by offset, by number, or by cursor.

A cursor is an opaque text that contains the key of the last resource of its page, and its position
in case that this resource no longer exists.
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from ..contract.document.operation import Page
from ..contract.exchange import Response, encode_path
from ..contract.violations import Violation, nearest, show
from ..foundation import timestamps
from ..generation.success_bodies import declared_at
from ..state.catalog import Resource
from .call import Context, OperationCall
from .changes.conditions import INVALID, refusal
from .render import Rendered
from .responses import OMITTED, PageInfo, Shown, success

# Position of a page → its relation in the header Link (RFC 8288, section 3.3)
RELATIONS = {"next": "next", "previous": "prev", "first": "first", "last": "last"}


def paged(
    context: Context, call: OperationCall, resources: Sequence[Resource], filters: Mapping[str, Any]
) -> Response:
    """Return one page of resources, in the order of the list.

    Raises RefusalError for an invalid cursor, or an unknown property to sort by.
    """
    page = call.operation.page
    if page is None:
        return success(context, call, resources, filters)
    order = tuple(_order(context, call, page))
    if filters or order:  # they depend on what each resource shows
        return success(
            context,
            call,
            resources,
            filters,
            lambda shown: _select(context, call, page, order, shown),
        )
    start, limit = _start(call, page, [each.key for each in resources])
    info = _info(context, call, page, start, limit, [each.key for each in resources])
    return success(context, call, resources[start : start + limit], {}, lambda shown: (shown, info))


def _select(
    context: Context, call: OperationCall, page: Page, order: tuple[str, ...], shown: Shown
) -> tuple[Shown, PageInfo]:
    ordered, keys = list(shown), shown[0].resource.type.keys if order and shown else ()
    for name in reversed((*order, *keys)):  # the key decides between equal values
        ordered.sort(
            key=lambda each, name=name: _rank(each, name.removeprefix("-")),  # type: ignore[misc]  # mypy cannot infer a default of a lambda
            reverse=name.startswith("-"),
        )
    listed = [each.resource.key for each in ordered]
    start, limit = _start(call, page, listed)
    return ordered[start : start + limit], _info(context, call, page, start, limit, listed)


def _rank(rendered: Rendered, name: str) -> tuple[int, Any]:
    """Return a value that orders resources: null first, then numbers, then texts."""
    value = rendered.value.get(name)
    if value is None:
        return 0, 0
    if form := rendered.resource.type.timestamps.get(name):
        return 1, timestamps.read(value, form)
    if isinstance(value, int | float):
        return 1, value
    return 2, str(value)


def _order(context: Context, call: OperationCall, page: Page) -> Iterator[str]:
    """Yield the properties that order a list: those of the request, then those of the document."""
    wanted = call.request.query.get(page.sort) if page.sort else None
    lookup = call.operation.lookup
    declared = context.dataset.spec.types[lookup.finds].properties if lookup else {}
    for name in str(wanted).split(",") if wanted else ():
        if name.removeprefix("-") not in declared:
            message, fix = f"{page.sort} must be a property", nearest(name, declared)
            violation = Violation("sort", message, page.sort, show(name), fix)
            raise refusal(call.operation, INVALID, "", [violation])
        yield name
    yield from page.order


def _start(call: OperationCall, page: Page, keys: Sequence[str]) -> tuple[int, int]:
    """Return the index of the first resource of a page, and the size of the page."""
    query = call.request.query
    limit = query.get(page.limit) if page.limit else None
    limit = page.default if limit is None else max(min(int(limit), page.maximum), 0)
    position = query.get(page.position) if page.position else None
    if position is None:
        return 0, limit
    if page.style == "cursor":
        return _after(call, page, str(position), keys), limit
    return max(int(position) if page.style == "offset" else (int(position) - 1) * limit, 0), limit


def _after(call: OperationCall, page: Page, cursor: str, keys: Sequence[str]) -> int:
    """Return the index after the resource of a cursor. Raises RefusalError if it is no cursor."""
    try:
        key, index = json.loads(base64.urlsafe_b64decode(cursor.encode() + b"=="))
        # Without the resource of the cursor, the one after it has its place.
        return keys.index(key) + 1 if key in keys else max(min(int(index) - 1, len(keys)), 0)
    except (ValueError, TypeError):
        message = f"{page.position} must be a cursor of a response"
        violation = Violation("cursor", message, page.position, show(cursor))
        raise refusal(call.operation, INVALID, "", [violation]) from None


def _cursor(keys: Sequence[str], start: int) -> str:
    """Return the cursor of the page that starts at an index."""
    text = json.dumps([keys[start - 1], start] if start else ["", 0], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _info(
    context: Context, call: OperationCall, page: Page, start: int, limit: int, keys: Sequence[str]
) -> PageInfo:
    """Return what a response says about a page: the documented fields, and the ``Link`` header."""
    total, size = len(keys), max(limit, 1)
    last = max(total - 1, 0) // size * size
    starts = {
        "first": 0,
        "previous": max(min(start - limit, last), 0) if start else None,
        "next": start + limit if limit and start + limit < total else None,
        "last": last,
    }
    positions = {
        name: None if at_index is None else _position(page, keys, at_index, size)
        for name, at_index in starts.items()
    }
    values = {
        "next": positions["next"],
        "previous": positions["previous"],
        "total": total,
        "pages": math.ceil(total / size),
        "count": max(min(limit, total - start), 0),
        "limit": limit,
        "position": start if page.style == "offset" else start // size + 1,
        "has_more": starts["next"] is not None,
    }
    fields = {path: _field(context, call, path, values[name]) for name, path in page.fields.items()}
    links = [
        f'<{_url(call, page, positions[name])}>; rel="{relation}"'
        for name, relation in RELATIONS.items()
        if page.links and positions[name] is not None
    ]
    headers = [(header, str(values[name])) for name, header in page.headers.items()]
    headers += [("Link", ", ".join(links))] if links else []
    return PageInfo(fields, tuple(headers))


def _position(page: Page, keys: Sequence[str], start: int, size: int) -> Any:
    """Return the value of the query parameter for the page that starts at an index."""
    if page.style == "cursor":
        return _cursor(keys, start)
    return start if page.style == "offset" else start // size + 1


def _url(call: OperationCall, page: Page, position: Any) -> str:
    others = [pair for pair in call.query if pair[0] != page.position]
    return f"{encode_path(call.path)}?{urlencode([*others, (page.position, position)])}"


def _field(context: Context, call: OperationCall, path: tuple[str, ...], value: Any) -> Any:
    """Return the value of a field as its schema declares it; OMITTED for a null it forbids."""
    schemas, schema = context.judge.schemas, _declared(context, call, path)
    where = schema
    if where is None or not schemas.violations(where, value):
        return value
    if value is None:
        return OMITTED
    page = call.operation.page
    if page is not None and not schemas.violations(where, str(value)):
        return str(value)
    return value


def _declared(context: Context, call: OperationCall, path: tuple[str, ...]) -> str | None:
    """Return the pointer to the schema of a field in the body of a success."""
    where = call.operation.success.schema
    return None if where is None else declared_at(context.judge.schemas, where, path)
