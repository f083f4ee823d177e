"""Visits each object of a document, follows its references, and repairs what does not fit.

The order matters: first every object where the document itself states its kind, then the targets of
references. A reference to an object of another kind is thus a mistake of the reference.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ..violations import nearest, pointer, show
from .references import Folder, Target
from .report import Report, Where, steps
from .schemas.keywords import REMOVED, flag, text
from .shapes import BESIDE_REF, REFERABLE, REQUIRED, SHAPES, VALUES, Form

NO_VALUE: Any = object()
ARTICLES = {kind: "an" if kind[0] in "aeiou" else "a" for kind in SHAPES}


class Visit(NamedTuple):
    """An object to visit: its kind, its location, and the name of the file that it is in."""

    value: dict[str, Any]
    kind: str
    where: Where
    file: str


@dataclass
class Reference:
    """A member of the document that refers to an object of a kind; target: None until resolved."""

    holder: dict[str, Any]
    key: str
    kind: str
    where: Where
    file: str
    target: Target | None = None


@dataclass
class Structure:
    """What is known of a document while it is visited.

    kinds: id of an object → the object and its kind.
    targets: id of a reference → its target.
    slots: id of a reference → its container, its key there, and the location of the container.
    copied_from: id of a copied path item → the name of its file.
    drops: id of a list → the list, its location, and the indexes of its unusable items. They are
    removed at the end, because references count the items of the file.
    nullables: schemas of OpenAPI 3.0 to combine with null.
    examples: references that are the value of an example.
    """

    folder: Folder
    report: Report
    version: str
    kinds: dict[int, tuple[Any, str]] = field(default_factory=dict)
    references: list[Reference] = field(default_factory=list)
    targets: dict[int, dict[str, Any]] = field(default_factory=dict)
    slots: dict[int, tuple[Any, Any, Where]] = field(default_factory=dict)
    copied_from: dict[int, str] = field(default_factory=dict)
    drops: dict[int, tuple[list[Any], Where, set[int]]] = field(default_factory=dict)
    nullables: list[Visit] = field(default_factory=list)
    examples: list[Reference] = field(default_factory=list)
    queue: deque[Visit] = field(default_factory=deque)
    pending: deque[Reference] = field(default_factory=deque)

    def add(self, value: dict[str, Any], kind: str, where: Where, file: str) -> None:
        """Add an object to visit, once."""
        if id(value) not in self.kinds:
            self.kinds[id(value)] = (value, kind)
            self.queue.append(Visit(value, kind, where, file))

    def refer(self, holder: dict[str, Any], key: str, kind: str, where: Where, file: str) -> None:
        """Add a reference to follow after all objects of the document."""
        self.pending.append(Reference(holder, key, kind, where, file))

    def drop(self, items: list[Any], where: Where, index: int) -> None:
        """Remove an item of a list at the end."""
        self.drops.setdefault(id(items), (items, where, set()))[2].add(index)

    def kept(self, items: list[Any]) -> list[tuple[int, Any]]:
        """Return the items of a list that are not dropped, each with its index."""
        dropped = self.drops[id(items)][2] if id(items) in self.drops else ()
        return [(index, item) for index, item in enumerate(items) if index not in dropped]

    def resolved(self, value: dict[str, Any]) -> dict[str, Any]:
        """Return the object that a reference, or a chain of references, leads to."""
        visited: set[int] = set()
        while id(value) in self.targets and id(value) not in visited:
            visited.add(id(value))
            value = self.targets[id(value)]
        return value

    def add_example(self, holder: dict[str, Any], key: str, where: Where, file: str) -> None:
        """Add the value of an example if it is a reference, which OpenAPI does not define."""
        value = holder.get(key)
        if isinstance(value, dict) and value.keys() == {"$ref"} and isinstance(value["$ref"], str):
            self.examples.append(Reference(holder, key, "example", where, file))

    def kind_of(self, value: Any) -> str | None:
        """Return the kind of an object that was visited."""
        return self.kinds[id(value)][1] if id(value) in self.kinds else None


def visit_members(structure: Structure, visit: Visit) -> None:
    """Check the fields of an object, and add the objects in them."""
    value, kind, where, report = visit.value, visit.kind, visit.where, structure.report
    if "$ref" in value and kind in REFERABLE and kind != "path item":
        for key in [key for key in value if key not in ("$ref", *BESIDE_REF)]:
            if not key.startswith("x-"):
                report.note("openapi", (where, key), "has no effect beside $ref", key, "remove it")
                del value[key]
        structure.refer(value, "$ref", kind, where, visit.file)
        return
    shape = SHAPES[kind]
    if kind == "media type" and "itemSchema" in value:
        _sequence_of_items(structure, visit)
    if kind == "security requirement":
        _security_requirement(structure, visit)
        return
    for key in list(value):
        form = shape.get(key)
        if form is None:
            if not key.startswith("x-"):
                fix = nearest(key, shape)
                fix = fix if fix.startswith("did") else f"{ARTICLES[kind]} {kind} has no such field"
                report.note("openapi", (where, key), "unknown field", key, fix)
        elif form.kind != "any" or form.container:
            _member(structure, value, key, form, visit)
        elif key in ("example", "value"):
            structure.add_example(value, key, where, visit.file)
    for key, default in REQUIRED.get(kind, {}).items():
        if key not in value:
            report.note("openapi", where, f"{ARTICLES[kind]} {kind} must have {key}")
            value[key] = default if not isinstance(default, dict) else {}


def _security_requirement(structure: Structure, visit: Visit) -> None:
    for name, scopes in visit.value.items():
        if not isinstance(scopes, list):
            structure.report.note("openapi", (visit.where, name), "must be a list", show(scopes))
            visit.value[name] = []


def _sequence_of_items(structure: Structure, visit: Visit) -> None:
    """Describe a sequence of items, such as an event stream, as OpenAPI 3.1 does."""
    items = visit.value.pop("itemSchema")
    if "schema" not in visit.value:
        listed = {"type": "array", "items": items}
        visit.value["schema"] = {"type": "string", "contentSchema": listed}
        base = pointer(steps(visit.where))
        structure.folder.moved[f"{base}/itemSchema"] = f"{base}/schema/contentSchema/items"


def _member(
    structure: Structure, value: dict[str, Any], key: str, form: Form, visit: Visit
) -> None:
    """Check the value of a field. Removes the field if it does not fit."""
    member, at = value[key], (visit.where, key)
    report = structure.report
    if form.container == "list":
        if not isinstance(member, list):
            report.note("openapi", at, "must be a list", show(member))
            del value[key]
            return
        for index, item in enumerate(member):
            usable = usable_value(structure, item, form.kind, (at, index), visit.file)
            if isinstance(usable, dict) and "$ref" in usable:
                structure.slots[id(usable)] = (member, index, at)
            if usable is NO_VALUE:
                structure.drop(member, at, index)
            elif usable is not item:
                member[index] = usable
        return
    if form.container == "map":
        if isinstance(member, list) and form.kind == "example":
            report.note("openapi", at, "must be a mapping of examples by name")
            member = value[key] = {str(index): each for index, each in enumerate(member, 1)}
        if not isinstance(member, dict):
            report.note("openapi", at, "must be a mapping", show(member))
            del value[key]
            return
        for name in list(member):
            if not name.startswith("x-") or form.kind not in ("path item", "response"):
                _set(structure, member, name, form.kind, (at, name), visit.file)
        return
    _set(structure, value, key, form.kind, at, visit.file)


def _set(
    structure: Structure, container: dict[str, Any], key: str, kind: str, at: Where, file: str
) -> None:
    usable = usable_value(structure, container[key], kind, at, file)
    if isinstance(usable, dict) and "$ref" in usable:
        structure.slots[id(usable)] = (container, key, at)
    if usable is NO_VALUE:
        del container[key]
    elif usable is not container[key]:
        container[key] = usable


def usable_value(structure: Structure, value: Any, kind: str, where: Where, file: str) -> Any:
    """Return a value of a kind, repaired where that is possible; NO_VALUE if it cannot be used.

    Adds objects to the visits.
    """
    report = structure.report
    if kind == "any":
        return value
    if kind in ("text", "flag"):
        repaired = text(value) if kind == "text" else flag(value)
        if repaired is not value:
            noun = "text" if kind == "text" else "true or false"
            report.note("openapi", where, f"must be {noun}", show(value))
        return NO_VALUE if repaired is REMOVED else repaired
    if kind == "schema" and isinstance(value, bool):
        return {} if value else {"not": {}}
    if kind == "example":
        value = _example(structure, value, where)
    if not isinstance(value, dict):
        if value is not NO_VALUE:
            report.note("openapi", where, "must be a mapping", show(value))
        return {} if kind == "schema" else NO_VALUE
    if "$ref" not in value or kind not in REFERABLE:
        problem = problem_of(value, kind)
        if problem is not None:
            key, message, found, fix = problem
            at = (where, key) if key in value else where
            report.note("openapi", at, message, found, fix)
            return NO_VALUE
    structure.add(value, kind, where, structure.copied_from.get(id(value), file))
    return value


def _example(structure: Structure, value: Any, where: Where) -> Any:
    """Return an Example Object. A value that stands in its position becomes one."""
    if isinstance(value, dict):
        if "$ref" in value or "value" in value:
            return value
        for key in ("dataValue", "serializedValue"):  # OpenAPI 3.2
            if key in value:
                value["value"] = value[key]
                return value
        if "externalValue" in value:
            structure.report.remark("example", where, "an external example is not read")
            return NO_VALUE
    structure.report.note("openapi", where, "an example must have its value in `value`")
    # An object with other members than those of an example is the value itself.
    is_value = not isinstance(value, dict) or not value.keys() <= SHAPES["example"].keys()
    return {"value": value} if is_value else NO_VALUE


def problem_of(value: dict[str, Any], kind: str) -> tuple[str, str, str, str] | None:
    """Return why an object cannot be used: the field, the message, what was found, the fix.

    A word in another case is repaired.
    """
    for (of_kind, key), words in VALUES.items():
        if kind == of_kind:
            word = value.get(key)
            similar = {each.lower(): each for each in words}.get(str(word).lower())
            if similar is None:
                message = f"{key} must be one of {', '.join(words)}"
                fix = nearest(str(word), words) if key in value else ""
                return key, message, show(word) if key in value else "none", fix
            value[key] = similar
    if kind == "parameter" and text(value.get("name")) in (REMOVED, ""):
        return "name", "a parameter must have a name", "none", "add name"
    return None
