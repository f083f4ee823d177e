"""The parts of the API reference, and its contents.

A small document is one page. A large one has a page for each part: the operations of a tag, or
schemas. So each page of a document of any size stays small.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import TypeVar
from urllib.parse import quote, urlencode

from ...contract.document.operation import Operation
from ...contract.document.spec import Spec
from ...contract.rules.compilation import Rules
from ..operations.tags import by_tag

MAX_OPERATIONS, MAX_SCHEMAS = 30, 60  # of a part; a document with more has several pages
MAX_LINKS = 500  # in the contents, beside those to the parts
OTHER = "Other"
T = TypeVar("T")
RESOURCES, SCHEMAS, RULES = "Resources", "Schemas", "Rules"


@dataclass(frozen=True)
class Part:
    """Operations of one tag, or names of schemas. slug: its name in the query."""

    slug: str
    title: str
    description: str = ""
    operations: tuple[Operation, ...] = ()
    schemas: tuple[str, ...] = ()


@dataclass(frozen=True)
class Link:
    """An entry of the contents. operation: the one that it leads to, if it leads to one."""

    href: str
    text: str
    operation: Operation | None = None


@dataclass(frozen=True)
class Entry:
    """A heading of the contents with its links. shown: whether the page has the part."""

    link: Link
    shown: bool
    links: tuple[Link, ...]


def parts_of(spec: Spec) -> tuple[Part, ...]:
    """Return all parts: the tags, then the types of resources, then the other schemas."""
    types = sorted(spec.types.values(), key=lambda each: each.timeline is None)
    resources = [each.name for each in types]
    others = [name for name in spec.data["components"]["schemas"] if name not in spec.types]
    parts: list[Part] = []
    for group in by_tag(spec):
        for title, operations in _divided(group.name or OTHER, group.operations, MAX_OPERATIONS):
            slug = _free_slug(title, parts)
            parts.append(Part(slug, title, group.description, operations=operations))
    for name, schemas in ((RESOURCES, resources), (SCHEMAS, others)):
        for title, names in _divided(name, tuple(schemas), MAX_SCHEMAS):
            parts.append(Part(_free_slug(title, parts), title, schemas=names))
    return tuple(parts)


def shown_parts(parts: Sequence[Part], slug: str | None) -> tuple[Part, ...]:
    """Return the parts of one page: all of a small document, else the one that a slug names.

    Without a slug it is the first one. Raise KeyError for an unknown slug.
    """
    operations = sum(len(part.operations) for part in parts)
    schemas = sum(len(part.schemas) for part in parts)
    if operations <= MAX_OPERATIONS and schemas <= MAX_SCHEMAS:
        return tuple(parts)
    if slug is None:
        return tuple(parts[:1])
    return ({part.slug: part for part in parts}[slug],)


def contents(
    parts: Sequence[Part], shown: Sequence[Part], rules: Rules, path: str
) -> Iterator[Entry]:
    """Yield the entries of the contents. path: of the page, without a query.

    If there are too many links, only the parts on the page have some.
    """
    few = sum(len(part.operations) + len(part.schemas) for part in parts) <= MAX_LINKS
    with_rules: list[Link] = []
    for part in parts:
        on_page = part in shown
        page = href_of(path, part, shown)
        link = Link(f"{page}#{anchor('part', part.slug)}", part.title)
        links = tuple(_links(part, page)) if few or on_page else ()
        yield Entry(link, on_page, links)
        with_rules += _rules(part, rules, page) if few or on_page else ()
    if with_rules:
        yield Entry(Link(with_rules[0].href, RULES), False, tuple(with_rules))


def href_of(path: str, part: Part, shown: Sequence[Part]) -> str:
    """Return the URL of the page with a part; empty if it is this page."""
    return "" if part in shown else f"{path}?{urlencode({'part': part.slug})}"


def anchor(kind: str, name: str) -> str:
    """Return the id of an element, for a name of the document."""
    return f"{kind}-{quote(name, safe='')}"


def _links(part: Part, page: str) -> Iterator[Link]:
    for operation in part.operations:
        text = operation.summary or operation.path
        yield Link(f"{page}#{anchor('operation', operation.id)}", text, operation)
    for name in part.schemas:
        yield Link(f"{page}#{anchor('schema', name)}", name)


def _rules(part: Part, rules: Rules, page: str) -> Iterator[Link]:
    """Yield a link to the rules of each operation and schema that has some."""
    operations = ((each.id, rules.of_operations.get(each.id, ())) for each in part.operations)
    schemas = ((name, rules.of_schemas.get(name, ())) for name in part.schemas)
    for name, found in (*operations, *schemas):
        if found:
            yield Link(f"{page}#{anchor('rules', name)}", f"{name} ({len(found)})")


def _divided(title: str, members: Sequence[T], size: int) -> Iterator[tuple[str, tuple[T, ...]]]:
    for start in range(0, len(members), size):
        number = start // size + 1
        more = f" {number}" if len(members) > size else ""
        yield f"{title}{more}", tuple(members[start : start + size])


def _free_slug(title: str, parts: Sequence[Part]) -> str:
    taken = {part.slug for part in parts}
    slug = title.lower().replace(" ", "-")
    numbered = (f"{slug}-{number}" for number in count(2))
    return slug if slug not in taken else next(each for each in numbered if each not in taken)
