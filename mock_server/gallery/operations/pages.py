"""The list of operations, and the page of one operation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from urllib.parse import quote

from ...contract.document.operation import Operation
from ...contract.document.references import at
from ...contract.exchange import Response
from ...operations.response_sources import EMPTY, EXAMPLE, SCHEMA, count_sources, source_of
from ..page_request import PageError, PageRequest, hint_for
from ..pages import page_response
from ..reference.fields import request_fields
from ..reference.sections import authentication
from .requests import OfferedRequest, offered_request
from .responses import BodyView, response_views, success_body
from .tags import by_tag

MAX_PREVIEWS = 24  # a list of more operations has a line for each, and no bodies
PREVIEW_LINES = 12
# What a success response is made from → how the list names it
SOURCES = {
    EXAMPLE: "from documented examples",
    SCHEMA: "generated from schemas",
    EMPTY: "without a body",
}


@dataclass(frozen=True)
class OperationCard:
    """An operation in the list.

    statuses: the names of its responses. body: what it returns; None if the list shows no bodies.
    """

    operation: Operation
    href: str
    statuses: tuple[str, ...]
    source: str
    body: BodyView | None
    preview: str
    offered: OfferedRequest | None


@dataclass(frozen=True)
class Group:
    """The operations with the same first tag. Its name is empty without tags."""

    name: str
    description: str
    cards: tuple[OperationCard, ...]


def operation_list(page: PageRequest) -> Response:
    """Return the list of all operations, grouped by their first tag."""
    operations = list(page.spec.operations.values())
    counts = count_sources(page.spec.data, operations)
    return page_response(
        page,
        "operations.html",
        groups=list(_groups(page)),
        count=len(operations),
        sources=[(counts[name], text) for name, text in SOURCES.items() if counts[name]],
        with_bodies=len(operations) <= MAX_PREVIEWS,
        notes=page.spec.document.remarks,
    )


def operation_page(page: PageRequest, name: str) -> Response:
    """Return the page of one operation. Raise PageError (404) if it is unknown."""
    operations = page.spec.operations
    name = name if name in operations else name.replace("%2F", "/")  # an encoded slash
    operation = operations.get(name)
    if operation is None:
        raise PageError(404, f"Unknown operation {name}", hint_for(name, list(operations)))
    offered = offered_request(page, operation)
    names = list(operations)
    index = names.index(name)
    definition = at(page.spec.data, operation.pointer)
    return page_response(
        page,
        "operation.html",
        operation=operation,
        definition=definition,
        description=str(definition.get("description") or ""),
        authentication=authentication(operation),
        fields=request_fields(page.spec, operation),
        offered=offered,
        responses=response_views(page, operation, offered),
        rules=page.context.judge.rules.of_operations.get(operation.id, ()),
        previous=_neighbour(page, names, index - 1),
        next=_neighbour(page, names, index + 1),
    )


def href_of(page: PageRequest, operation: str) -> str:
    """Return the path of an operation's page."""
    return f"{page.base}/operations/{quote(operation, safe='')}"


def _neighbour(page: PageRequest, names: Sequence[str], index: int) -> tuple[str, str] | None:
    if not 0 <= index < len(names):
        return None
    return names[index], href_of(page, names[index])


def _groups(page: PageRequest) -> Iterator[Group]:
    with_bodies = len(page.spec.operations) <= MAX_PREVIEWS
    for group in by_tag(page.spec):
        cards = tuple(_card(page, operation, with_bodies) for operation in group.operations)
        yield Group(group.name, group.description, cards)


def _card(page: PageRequest, operation: Operation, with_body: bool) -> OperationCard:
    body, offered, preview = None, None, ""
    source = source_of(page.spec.data, operation.success)
    if with_body:
        offered = offered_request(page, operation)
        body = success_body(page, operation, offered) if source != EMPTY else None
        lines = (body.text if body else "").splitlines()
        preview = "\n".join(islice(lines, PREVIEW_LINES))
        preview += "\n…" if len(lines) > PREVIEW_LINES else ""
    return OperationCard(
        operation,
        href_of(page, operation.id),
        (*map(str, operation.responses), *operation.ranges),
        source,
        body,
        preview,
        offered,
    )
