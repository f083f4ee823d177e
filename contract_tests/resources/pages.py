"""Read the pages of a list, one after the other (`x-page`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit

from werkzeug.http import parse_options_header

from mock_server.contract.document.operation import Operation, Page
from mock_server.contract.document.resources.types import ResourceType
from mock_server.contract.exchange import Exchange

from ..cases.exploration import parsed
from ..run.run import Run
from ..target.roles import Chain, Resource, is_success
from ..target.type_operations import finds
from .calls import Call, resources_of, send

MOST_PAGES = 60  # of a list; a longer one is not read to its end
ABSENT = object()


@dataclass(frozen=True)
class Listing:
    """The pages of a list that were read: each exchange, with the resources in its response.

    ended: whether the last page was reached. repeated: the first key that occurs again, and the
    number of its page; None if every resource occurs once.
    """

    type: ResourceType
    pages: tuple[tuple[Exchange, list[Resource]], ...]
    ended: bool
    repeated: tuple[str, int] | None = None

    @property
    def resources(self) -> list[Resource]:
        """Return the resources of all pages."""
        return [each for _, resources in self.pages for each in resources]

    @property
    def by_key(self) -> dict[str, Resource]:
        """Return the resources of all pages by their keys."""
        keys = ((self.type.key_of(each), each) for each in self.resources)
        return {key: each for key, each in keys if key is not None}

    @property
    def last(self) -> Exchange:
        """Return the last exchange."""
        return self.pages[-1][0]


def read_list(
    run: Run,
    operation: Operation,
    chain: Chain,
    limit: int | None = None,
    query: Mapping[str, str] | None = None,
) -> Listing | None:
    """Read all pages of a list; None if a page cannot be read.

    chain: the parents whose list it is. limit: the size of a page, by default the largest one.
    """
    page, resource_type = operation.page, run.spec.types[finds(operation) or ""]
    size = largest_limit(operation) if limit is None else limit
    sizes = {page.limit: str(size)} if page and page.limit else {}
    position: dict[str, str] = {}
    pages: list[tuple[Exchange, list[Resource]]] = []
    keys = set[str]()
    while len(pages) < MOST_PAGES:
        call = Call(query={**(query or {}), **sizes, **position})
        exchange = send(run, operation, chain, call)
        if exchange is None or not is_success(exchange.response.status):
            return None
        resources = resources_of(operation, exchange)
        pages.append((exchange, resources))
        for key in (resource_type.key_of(each) for each in resources):
            if key is not None and key in keys:
                return Listing(resource_type, tuple(pages), False, (key, len(pages)))
            keys.add(key or "")
        following = None if page is None else next_position(page, exchange, len(pages), len(keys))
        is_short = page is not None and page.style != "cursor" and len(resources) < size
        if following is None or is_short or not resources:
            return Listing(resource_type, tuple(pages), True)
        position = {page.position: following} if page else {}
    return Listing(resource_type, tuple(pages), False)


def largest_limit(operation: Operation) -> int:
    """Return the largest size of a page that a request can have."""
    page = operation.page
    if page is None:
        return 0
    if not page.limit:
        return page.default
    schema = next((p.schema for p in operation.parameters if p.name == page.limit), {})
    return int(min(page.maximum or page.default, schema.get("maximum", page.maximum)))


def next_position(page: Page, exchange: Exchange, number: int, count: int) -> str | None:
    """Return the position of the page after a response; None if there is no such page.

    number: of the pages so far; count: of the resources on them.
    """
    stated = field_of(page, "next", exchange)
    if stated is not ABSENT:
        return None if stated is None else str(stated)
    if page.links:
        url = links_of(exchange).get("next")
        return None if url is None else dict(parse_qsl(urlsplit(url).query)).get(page.position)
    if page.style == "cursor":
        return None
    return str(count if page.style == "offset" else number + 1)


def field_of(page: Page, name: str, exchange: Exchange) -> Any:
    """Return what a body says about its page, such as `total`; ABSENT if the document names no
    field for it, or if the body lacks it."""
    if name not in page.fields:
        return ABSENT
    value = parsed(exchange)
    for step in page.fields[name]:
        if not isinstance(value, dict):
            return ABSENT
        value = value.get(step)
    return value


def header_of(page: Page, name: str, exchange: Exchange) -> Any:
    """Return the number in a header about a page; ABSENT if the document names no header."""
    if name not in page.headers:
        return ABSENT
    text = exchange.response.header(page.headers[name]) or ""
    return int(text) if text.isdecimal() else text or None


def links_of(exchange: Exchange) -> dict[str, str]:
    """Return the URLs in the header `Link` by their relations (RFC 8288)."""
    links = {}
    for part in _split(exchange.response.header("link") or ""):
        target, _, parameters = part.partition(">")
        _, options = parse_options_header(f"link{parameters}")
        for relation in options.get("rel", "").split():
            links[relation] = urljoin(exchange.url, target.strip().removeprefix("<"))
    return links


def _split(header: str) -> list[str]:
    """Return the links of a header; a comma between them is followed by ``<``."""
    parts: list[str] = []
    for part in header.split(","):
        if part.strip().startswith("<") or not parts:
            parts.append(part)
        else:
            parts[-1] += f",{part}"
    return [part for part in parts if part.strip()]
