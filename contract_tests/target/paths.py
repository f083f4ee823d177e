"""Path templates: which one a path matches, and how the templates of an API belong together.

The template of an item, such as ``/books/{bookId}``, ends with the parameter that identifies it.
Its collection is ``/books``. Other templates can continue it, such as ``/books/{bookId}/reviews``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from urllib.parse import quote, unquote

from mock_server.contract.document.operation import PARAMETER

# Characters of a segment that need no percent-encoding (RFC 3986, section 3.3)
SAFE = "!$&'()*+,;=:@"

Values = tuple[str, ...]  # of the parameters of a template, in their order


def parameter_names(template: str) -> tuple[str, ...]:
    """Return the names of the parameters of a template, in their order."""
    return tuple(PARAMETER.findall(template))


def match(templates: Iterable[str], path: str) -> tuple[str, dict[str, str]] | None:
    """Return the template that a path matches, and its decoded parameters.

    path: as it was sent, with percent-encoding. A template with fewer parameters has precedence
    (OpenAPI 3.1, section 4.8.8.2).
    """
    candidates = ((template, _pattern(template).fullmatch(path)) for template in templates)
    matches = [(template, found) for template, found in candidates if found]
    if not matches:
        return None
    template, found = min(matches, key=lambda pair: _precedence(pair[0]))
    return template, dict(zip(parameter_names(template), map(unquote, found.groups()), strict=True))


def _precedence(template: str) -> tuple[int, int]:
    """Return a number for each template: the smallest has precedence."""
    return len(parameter_names(template)), -len(PARAMETER.sub("", template))


@lru_cache(maxsize=4096)
def _pattern(template: str) -> re.Pattern[str]:
    """Return the pattern of the paths that match a template: a parameter is within a segment."""
    literals = PARAMETER.split(template)[::2]
    return re.compile("([^/]+)".join(re.escape(quote(text, f"/%{SAFE}")) for text in literals))


def fill(template: str, values: Mapping[str, str]) -> str:
    """Return the path of a template with these values, percent-encoded."""
    return PARAMETER.sub(lambda name: encoded(values[name[1]]), template)


def encoded(value: str) -> str:
    """Return a value as part of a segment. ``.`` and ``..`` would be removed from a path."""
    return value.replace(".", "%2E") if value in (".", "..") else quote(value, SAFE)


def is_plain(value: str) -> bool:
    """Return whether a path parameter is a segment for every router."""
    return value.isprintable() and not set(value) & set("/\\;%") and value.strip(".") != ""


def item_path(template: str) -> str:
    """Return the start of a template up to its last parameter; "" without parameters."""
    end = template.rfind("}")
    return template[: end + 1]


def collection_path(template: str) -> str:
    """Return the template of the collection of an item: without the last segment of the item."""
    return item_path(template).rpartition("/")[0]


def positions(template: str) -> str:
    """Return a template with unnamed parameters, to compare two with other names for the same."""
    return PARAMETER.sub("{}", template)


def words(name: str) -> str:
    """Return a name without case and separators, so that ``book_id`` equals ``bookId``."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def singulars(plural: str) -> tuple[str, ...]:
    """Return what may be the singular of a word, such as ``box`` for ``boxes``."""
    endings = (("ies", "y"), ("es", ""), ("s", ""), ("", ""))
    return tuple(
        plural[: len(plural) - len(ending)] + replacement
        for ending, replacement in endings
        if plural.endswith(ending) and len(plural) > len(ending)
    )


def names_of_id(item: str) -> frozenset[str]:
    """Return the names, without separators, by which other requests may call the id of an item.

    For ``/books/{id}`` these are ``bookid`` and the like; ``id`` alone could be that of anything.
    """
    literal = collection_path(item).rpartition("/")[2]
    parameter = words(parameter_names(item)[-1])
    names = {f"{words(each)}id" for each in singulars(literal)} if literal else set()
    return frozenset(names | ({parameter} - {"id", "key", "name"}))
