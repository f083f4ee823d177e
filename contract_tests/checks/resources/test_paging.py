"""Checks the pages of lists (`x-page`): they contain every resource once, and true numbers."""

from __future__ import annotations

import math
from typing import Any

import pytest

from mock_server.contract.document.operation import Operation, Page
from mock_server.contract.exchange import Exchange
from mock_server.contract.violations import show

from ...judging.protocol import excerpt, in_words
from ...resources.calls import Call, resources_of, send
from ...resources.findings import report
from ...resources.pages import (
    ABSENT,
    Listing,
    field_of,
    header_of,
    largest_limit,
    links_of,
    read_list,
)
from ...resources.world import World
from ...target.roles import Chain, is_success
from ...target.type_operations import child_chain, finds

FEWEST = 5  # resources in a list whose pages are checked
PAGES = (6, 3)  # into which a list is divided, about
NO_CURSOR = "not-a-cursor"
INVALID = (400, 422)


def paged_list(world: World, operation: Operation) -> tuple[Chain, Listing]:
    """Return a list of several resources, with new ones if it has too few."""
    name = finds(operation) or ""
    best: tuple[Chain, Listing] | None = None
    made = world.create(name)
    chains = [made.chain] if made else []
    chains += [
        child_chain(world.run.spec, name, parents)
        for parents in world.parents_of_list(operation, name)[:4]
    ]
    for chain in chains:
        listing = read_list(world.run, operation, chain)
        for _ in range(FEWEST - len(listing.resources) if listing and chain is chains[0] else 0):
            world.create(name)
        listing = read_list(world.run, operation, chain)
        if listing and (best is None or len(listing.resources) > len(best[1].resources)):
            best = chain, listing
        if best and len(best[1].resources) >= FEWEST:
            break
    if best is None or len(best[1].resources) < 2:
        pytest.skip("no list with several resources is known")
    return best


def test_pages_contain_every_resource_once(world: World, paged_operation: Operation) -> None:
    """Small pages contain the resources of one large page: none twice, and none is lost."""
    page = paged_operation.page
    if page is None or not page.limit:
        pytest.skip("the size of a page cannot be chosen")
    chain, before = paged_list(world, paged_operation)
    for limit in limits(paged_operation, len(before.resources)):
        listing = read_list(world.run, paged_operation, chain, limit)
        after = read_list(world.run, paged_operation, chain)
        if listing is None or after is None:
            continue
        if check_page(world, paged_operation, listing, limit):
            return
        lost = [key for key in before.by_key if key in after.by_key and key not in listing.by_key]
        if lost and listing.ended:
            text = f"no {show(lost[0])} on {len(listing.pages)} pages of {limit}"
            steps = (before.last, *(exchange for exchange, _ in listing.pages[-2:]))
            add(world, paged_operation, "must contain every resource", text, "lost", steps)
            return
        if len(before.by_key) == len(after.by_key) and listing.ended:
            check_numbers(world, paged_operation, listing, limit, len(after.by_key))
        before = after


def limits(operation: Operation, count: int) -> list[int]:
    """Return sizes of a page that divide a list of resources into several pages."""
    sizes = dict.fromkeys(count // (pages + 1) + 1 for pages in PAGES)
    return [size for size in sizes if size <= largest_limit(operation)]


def check_page(world: World, operation: Operation, listing: Listing, limit: int) -> bool:
    """Report pages that are too large, or that repeat a resource; return if there are any."""
    label = listing.type.label
    for exchange, resources in listing.pages:
        if len(resources) > limit:
            text, message = f"{len(resources)} for {limit}", f"must have at most `limit` of {label}"
            add(world, operation, message, text, "size", (exchange,))
            return True
    if listing.repeated is not None:
        key, number = listing.repeated
        steps = tuple(exchange for exchange, _ in listing.pages[-2:])
        text = f"{show(key)} again on page {number} with a limit of {limit}"
        add(world, operation, f"must contain each {label} once", text, "repeated", steps)
        return True
    return False


def check_numbers(
    world: World, operation: Operation, listing: Listing, limit: int, total: int
) -> None:
    """Report a wrong number about a page, in the body or in a header."""
    page, before = operation.page or Page(), 0
    for number, (exchange, resources) in enumerate(listing.pages, 1):
        is_last = number == len(listing.pages) or before + len(resources) >= total
        right: dict[str, Any] = {
            "total": total,
            "pages": math.ceil(total / limit),
            "count": len(resources),
            "limit": limit,
            "position": before if page.style == "offset" else number,
            "has_more": not is_last,
        }
        for name, wanted in right.items():
            for found in (field_of(page, name, exchange), header_of(page, name, exchange)):
                if found is not ABSENT and found != wanted and str(found) != str(wanted):
                    message = f"must have the right {name.replace('_', ' ')} of the page"
                    text = f"{show(found)} instead of {show(wanted)}"
                    add(world, operation, message, text, name, (exchange,))
                    return
        if check_links(world, operation, exchange, number == 1, is_last):
            return
        before += len(resources)


def check_links(
    world: World, operation: Operation, exchange: Exchange, is_first: bool, is_last: bool
) -> bool:
    """Report a page whose header `Link` lacks or has a relation; return whether there is one."""
    if operation.page is None or not operation.page.links:
        return False
    links = links_of(exchange)
    for relation, wanted in (("next", not is_last), ("prev", not is_first)):
        if (relation in links) != wanted:
            position = "last" if relation == "next" else "first"
            message = f"must link to the {relation} page, except on the {position} page"
            text = exchange.response.header("link") or "no Link"
            add(world, operation, message, text, "links", (exchange,))
            return True
    return False


def test_a_page_beyond_the_end_is_empty(world: World, paged_operation: Operation) -> None:
    """A page after the last one is empty."""
    page = paged_operation.page
    if page is None or page.style == "cursor" or not page.position:
        pytest.skip("the position of a page cannot be chosen")
    chain, listing = paged_list(world, paged_operation)
    beyond = len(listing.resources) + 100  # also a number of pages that no list has
    exchange = send(world.run, paged_operation, chain, Call(query={page.position: str(beyond)}))
    if exchange is None:
        return
    shown = resources_of(paged_operation, exchange)
    if shown or not is_success(exchange.response.status):
        text = f"{len(shown)} resources" if shown else excerpt(exchange)
        message = "must be empty beyond the end of the list"
        add(world, paged_operation, message, text, "beyond", (exchange,))


def test_a_text_that_is_no_cursor_is_refused(world: World, paged_operation: Operation) -> None:
    """A cursor that no response contained is refused with the documented status."""
    page = paged_operation.page
    statuses = frozenset(each for each in INVALID if each in paged_operation.responses)
    if page is None or page.style != "cursor" or not statuses:
        pytest.skip("the document describes no refusal of a cursor")
    chain, _ = paged_list(world, paged_operation)
    exchange = send(world.run, paged_operation, chain, Call(query={page.position: NO_CURSOR}))
    if exchange is not None and exchange.response.status not in statuses:
        message = f"must refuse a text that is no cursor with {in_words(statuses)}"
        text = excerpt(exchange)
        add(world, paged_operation, message, text, "cursor", (exchange,))


def add(
    world: World,
    operation: Operation,
    message: str,
    found: str,
    cause: str,
    steps: tuple[Exchange, ...],
) -> None:
    report(world, operation, "page", f"the pages {message}", found, *steps, cause=cause)
