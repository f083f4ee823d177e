"""Which operation plays which part, and the texts of its lookups: read from the spec alone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from mock_server.contract.document.spec import Lookup, LookupWay, Operation, Spec

Resource = Mapping[str, Any]
Chain = Mapping[str, Resource]  # by the name of its schema, a thing and what it belongs to

REFERENCE = re.compile(r"\{(\w+)\.(\w+)\}")
SUCCESS = 200
REBUILD = "rebuild"  # an x-effect


def returns_list(operation: Operation) -> bool:
    """Whether an operation answers a list of things rather than one."""
    response = operation.responses.get(SUCCESS)
    return response is not None and any("*" in path for _, path in response.entities)


def restarts(spec: Spec, operation: Operation) -> bool:
    """Whether an operation begins the builds of a release anew."""
    return operation.effect == REBUILD and finds(operation) == spec.release


def finds(operation: Operation) -> str | None:
    """The name of the schema of what an operation looks up."""
    return operation.lookup.finds if operation.lookup else None


def lookups(spec: Spec) -> Iterator[tuple[Operation, Lookup]]:
    """Every operation that looks things up, apart from optional ones."""
    for operation in spec.operations.values():
        if operation.lookup is not None and not operation.optional:
            yield operation, operation.lookup


def key_parameter(spec: Spec, operation: Operation) -> str | None:
    """The request key of the way that takes the key of the very thing that is found."""
    if operation.lookup is None:
        return None
    entity = spec.entities[operation.lookup.finds]
    text = f"{{{entity.name}.{entity.key}}}"
    ways = (way for way in operation.lookup.ways if not way.where)
    return next((key for way in ways for key, wanted in way.by.items() if wanted == text), None)


def fill(way: LookupWay, chain: Chain) -> dict[str, str] | None:
    """What a way is asked by for things that are known; None when one of its texts is not."""
    filled = {}
    for key, template in way.by.items():
        known = parts(template, chain)
        if not all(isinstance(text, str) and text for text in known):
            return None
        filled[key] = written(template, known)
    return filled


def parts(template: str, chain: Chain) -> list[Any]:
    """What a template speaks of, as things that are known have it; None for what they have not."""
    return [chain.get(name, {}).get(member) for name, member in REFERENCE.findall(template)]


def written(template: str, values: Iterable[Any]) -> str:
    """A template with the values of its parts."""
    each = iter(values)
    return REFERENCE.sub(lambda _: str(next(each)), template)


def not_found_code(spec: Spec, lookup: Lookup, template: str) -> str:
    """The error code for a text that nothing has: of the one thing it names, else of what is
    looked up."""
    named = {name for name, _ in REFERENCE.findall(template)}
    only = named.pop() if len(named) == 1 else lookup.finds
    return spec.entities[only].not_found_code


def phases(spec: Spec, release: Resource) -> set[str | None]:
    """The phases of a release's processes; None for a word that is no status."""
    return {
        spec.phases.get(str(release.get(name))) for name in spec.build.role_properties("status")
    }


def has_ended(spec: Spec, release: Resource) -> bool:
    """Whether the build of a release has ended, so that it changes no more by itself."""
    seen = phases(spec, release)
    return "ended-badly" in seen or seen == {"ended-well"}
