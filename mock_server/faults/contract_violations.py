"""Breaks a body of the contract in one property, and proves with the judge that it is broken."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ..contract.document.spec import DocumentedResponse, Operation, at, resolve
from ..contract.judge import Judge, entities_in
from ..contract.source import json_text
from ..contract.violations import Violation, nearest, parts, pointer, show

# For each way to break a property: the values to try, and the rules of which one has to break.
WAYS: dict[str, tuple[tuple[Any, ...], tuple[str, ...]]] = {
    "enum": (("unheard-of",), ("enum", "const")),
    "null": ((None,), ("type", "enum", "const")),
    "type": ((0, "0", {}), ("type",)),
}
MISSING = "missing"

Place = tuple[str, str]  # the schema of what holds the property, and the property


def misfits(
    judge: Judge, operations: Iterable[Operation], name: str, how: str
) -> Iterator[Violation]:
    """Why no answer of these operations can be broken so; nothing when one can."""
    operations = [*operations]
    places = [*_places(judge, operations, name)]
    valid = [way for way in (*WAYS, MISSING) if any(_can(judge, p, way) for p in places)]
    if not places:
        message = "is a property of a release, or a JSON pointer into the body, that is answered"
        cure = nearest(name, _declared(judge, operations, name))
        yield Violation("property", message, "/property", show(name), cure)
    elif how not in valid:
        message = f"{how} leaves {name} valid; what breaks it: {', '.join(valid) or 'nothing'}"
        yield Violation("how", message, "/how", show(how))


def broken(judge: Judge, response: DocumentedResponse, body: bytes, name: str, how: str) -> Any:
    """The body of an answer, broken; None when this one cannot be broken so."""
    try:
        value = json_text.parse(body)
    except ValueError:  # another fault has cut it
        return None
    wanted = []
    for where in _pointers(judge, response, value, name):
        *above, last = parts(where)
        place = _place(judge, response.schema, parts(where))
        holder = _held(value, above)
        if place is None or not _can(judge, place, how) or not _put(judge, holder, place, how):
            continue
        wanted.append(pointer(above) if how == MISSING else pointer([*above, last]))
    found = judge.schemas.violations(response.schema or "", value)
    return value if wanted and set(wanted) <= {each.pointer for each in found} else None


def _places(judge: Judge, operations: Iterable[Operation], name: str) -> Iterator[Place]:
    """Where a property stands in the schemas of what operations answer."""
    release = judge.spec.release
    for operation in operations:
        for response in operation.responses.values():
            if name.startswith("/"):
                place = _place(judge, response.schema, parts(name))
            else:
                answered = any(entity == release for entity, _ in response.entities)
                schema = f"/components/schemas/{release}" if answered else None
                place = _place(judge, schema, [name])
            if place is not None:
                yield place


def _declared(judge: Judge, operations: Iterable[Operation], name: str) -> set[str]:
    """What could be meant: properties of releases, or what is declared where a pointer ends."""
    if not name.startswith("/") and name not in judge.spec.properties:
        return set(judge.spec.properties)
    path, found = parts(name), set()
    for response in (r for operation in operations for r in operation.responses.values()):
        kept, schema = 0, response.schema
        for length in range(1, len(path)):
            place = _place(judge, response.schema, path[:length])
            kept, schema = (length, _below(judge, place)) if place else (kept, schema)
        inner = resolve(judge.spec.data, {"$ref": f"#{schema}"}) if schema else {}
        found |= {pointer([*path[:kept], key]) for key in inner.get("properties", {})}
    return found


def _place(judge: Judge, schema: str | None, path: list[str]) -> Place | None:
    """The schema that declares the last of a path of keys, from a schema's pointer on."""
    place = None
    for part in path:
        if schema is None:
            return None
        holder = _followed(judge, schema)
        declares = at(judge.spec.data, holder)
        item = "items" in declares and part.isdecimal()
        if not item and part not in declares.get("properties", {}):
            return None
        place = (holder, part)
        schema = _below(judge, place)
    return place


def _below(judge: Judge, place: Place) -> str:
    """The pointer of the schema of a property, or of the items of a list."""
    holder, name = place
    declared = "properties" in at(judge.spec.data, holder)
    return holder + (pointer(["properties", name]) if declared else "/items")


def _followed(judge: Judge, schema: str) -> str:
    """The pointer of a schema behind its ``$ref``."""
    while "$ref" in (says := at(judge.spec.data, schema)):
        schema = str(says["$ref"]).removeprefix("#")
    return schema


def _can(judge: Judge, place: Place, how: str) -> bool:
    """Whether the schema of a property forbids what breaking it so would make."""
    holder, name = place
    if how == MISSING:
        return name in at(judge.spec.data, holder).get("required", ())
    return bool(_wrong(judge, place, how))


def _wrong(judge: Judge, place: Place, how: str) -> list[Any]:
    """The values that break a property."""
    where, (values, rules) = _below(judge, place), WAYS[how]
    return [v for v in values if any(f.rule in rules for f in judge.schemas.violations(where, v))]


def _pointers(judge: Judge, response: DocumentedResponse, value: Any, name: str) -> list[str]:
    if name.startswith("/"):
        return [name]
    listed = entities_in(response, value)
    return [where + pointer([name]) for entity, where, _ in listed if entity == judge.spec.release]


def _held(value: Any, path: list[str]) -> Any:
    try:
        return at(value, pointer(path))
    except (LookupError, ValueError, TypeError):
        return None


def _put(judge: Judge, holder: Any, place: Place, how: str) -> bool:
    """Breaks a property of what holds it. Returns whether it is there to be broken."""
    name = place[1]
    key: Any = int(name) if isinstance(holder, list) else name
    if isinstance(holder, list) and key < len(holder):
        there = True
    else:
        there = isinstance(holder, dict) and (how != MISSING or name in holder)
    if not there:
        return False
    if how == MISSING:
        del holder[key]
    else:
        holder[key] = _wrong(judge, place, how)[0]
    return True
