"""Completes the operations of a visited document: ids, path parameters, statuses, servers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ..violations import nearest, show
from .relocation import Relocation
from .report import Where
from .shapes import METHODS
from .structure import Structure

STATUS = re.compile(r"[1-5]([0-9][0-9]|XX)|default")
TEMPLATE = re.compile(r"\{([^{}]*)\}")
WORD = re.compile(r"[A-Za-z0-9]+")
IGNORED_HEADERS = {"accept", "content-type", "authorization"}  # OpenAPI 3.1, section 4.8.12.1
# Location of a parameter → its possible styles; the first is the default.
STYLES = {
    "path": ("simple", "label", "matrix"),
    "query": ("form", "spaceDelimited", "pipeDelimited", "deepObject"),
    "header": ("simple",),
    "cookie": ("form", "cookie"),
}


def operations_of(data: Any) -> Iterator[tuple[str, str, dict[str, Any], Where]]:
    """Yield path, method, operation and location of each operation."""
    for path, item in data["paths"].items():
        for method in METHODS:
            if method in item:
                yield path, method, item[method], (((None, "paths"), path), method)


def complete(structure: Structure, data: Any, relocation: Relocation) -> None:
    """Make each operation complete. Adds what moves to a relocation."""
    _paths(structure, data, relocation)
    for path, method, operation, where in operations_of(data):
        _statuses(structure, operation, where, relocation)
        if "operationId" in operation and not isinstance(operation["operationId"], str):
            found = show(operation.pop("operationId"))
            structure.report.note("operationId", where, "an operationId must be text", found)
        _parameters(structure, data["paths"][path], operation, path, where)
        del method
    _operation_ids(structure, data)
    _security(structure, data)
    components = data.setdefault("components", {})
    components.setdefault("schemas", {})
    data["servers"] = data.get("servers") or [{"url": "/"}]


def _paths(structure: Structure, data: Any, relocation: Relocation) -> None:
    """Remove the extensions from the paths, and start each path with a slash."""
    at: Where = (None, "paths")
    paths = data.setdefault("paths", {})
    renamed: dict[str, Any] = {}
    for path, item in paths.items():
        if path.startswith("x-"):
            continue
        name = path
        if not path.startswith("/"):
            name = f"/{path}"
            structure.report.note("paths", (at, path), "a path must start with /", path, name)
            if name in paths:
                continue
            relocation.rename(at, path, name)
        renamed[name] = item
    data["paths"] = renamed


def _statuses(
    structure: Structure, operation: dict[str, Any], where: Where, relocation: Relocation
) -> None:
    """Keep the responses whose key is a status, a range such as 4XX, or default."""
    responses, at = operation.get("responses", {}), (where, "responses")
    if not responses:
        message, remark = "an operation must have responses", "documents no response"
        structure.report.optional("responses", where, message, remark)
    valid: dict[str, Any] = {}
    for status, response in responses.items():
        if status.startswith("x-"):
            continue
        name = status if status == "default" else status.strip().upper()
        if not STATUS.fullmatch(name) and name.lower() == "default":
            name = "default"
        if not STATUS.fullmatch(name):
            message = "must be a status such as 200, a range such as 4XX, or default"
            structure.report.note("responses", (at, status), message, status)
            continue
        if name != status:
            structure.report.note("responses", (at, status), f"must be written as {name}", status)
            if name in responses:
                continue
            relocation.rename(at, status, name)
        valid[name] = response
    operation["responses"] = valid or {"default": {"description": ""}}


def _parameters(
    structure: Structure, item: dict[str, Any], operation: dict[str, Any], path: str, where: Where
) -> None:
    """Make the path parameters of an operation those of its path."""
    report = structure.report
    names = TEMPLATE.findall(path)
    declared: set[str] = set()
    for container, at in ((item, where[0] if where else None), (operation, where)):
        listed = container.get("parameters", [])
        seen: set[tuple[str, str]] = set()
        for index, holder in structure.kept(listed):
            parameter = structure.resolved(holder)
            if "name" not in parameter or "in" not in parameter:  # a reference without a target
                continue
            name, location = parameter["name"], parameter["in"]
            place: Where = ((at, "parameters"), index)
            _value_of(structure, parameter, place)
            if (name, location) in seen:
                message = "a parameter must be unique by name and location"
                report.note("parameters", place, message, f"{name} in {location}", "remove one")
            elif location == "header" and name.lower() in IGNORED_HEADERS:
                pass  # OpenAPI states that these have no effect
            elif location == "path" and name not in names:
                fix = nearest(name, names)
                report.note("parameters", place, f"the path has no {{{name}}}", path, fix)
            else:
                seen.add((name, location))
                if location == "path":
                    declared.add(name)
                continue
            structure.drop(listed, (at, "parameters"), index)
    for name in dict.fromkeys(names):
        if name not in declared:
            report.note("parameters", where, f"the path parameter {name} must be declared", path)
            added = {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
            operation.setdefault("parameters", []).append(added)


def _value_of(structure: Structure, parameter: dict[str, Any], where: Where) -> None:
    """Give a parameter its schema or content, and a style that its location has."""
    report, location = structure.report, parameter["in"]
    content = parameter.get("content")
    if content is not None and len(content) != 1:
        report.note("parameters", (where, "content"), "must have exactly one media type")
        if not content:
            del parameter["content"]
    if "schema" not in parameter and not parameter.get("content"):
        report.note("parameters", where, "a parameter must have a schema or content")
        parameter["schema"] = {}
    if location == "path" and parameter.get("required") is not True:
        report.note("parameters", where, "a path parameter must have required: true")
        parameter["required"] = True
    style = parameter.get("style")
    if style is not None and style not in STYLES[location]:
        message = (
            f"the style of a {location} parameter must be one of {', '.join(STYLES[location])}"
        )
        report.note("parameters", (where, "style"), message, style)
        del parameter["style"]


def _operation_ids(structure: Structure, data: Any) -> None:
    """Give each operation a unique id: derived from method and path if it has none."""
    report = structure.report
    locations: dict[str, Where] = {}
    without: list[tuple[str, str, dict[str, Any]]] = []
    for path, method, operation, where in operations_of(data):
        name = operation.get("operationId", "").strip()
        if not name:
            message = "an operation must have an operationId"
            remark = "without an operationId, its id follows from method and path"
            report.optional("operationId", where, message, remark)
            without.append((path, method, operation))
        elif name in locations:
            report.duplicate_id(where, name, locations[name])
            without.append((path, method, operation))
        else:
            locations[name] = where
    for path, method, operation in without:
        name = base = derived_id(method, path)
        number = 2
        while name in locations:
            name, number = f"{base}_{number}", number + 1
        locations[name] = None
        operation["operationId"] = name


def derived_id(method: str, path: str) -> str:
    """Return an operationId: ``GET /pets/{petId}/toys`` is ``getPetsByPetIdToys``."""
    words = []
    for part in re.split(r"[/]|(\{[^{}]*\})", path):
        found = WORD.findall(part or "")
        if part and part.startswith("{"):
            found = ["by", *found]
        words += [word[0].upper() + word[1:] for word in found]
    return method + "".join(words or ["Root"])


def _security(structure: Structure, data: Any) -> None:
    """Remove the names of security schemes that do not exist."""
    schemes = data.get("components", {}).get("securitySchemes", {})
    holders: list[tuple[dict[str, Any], Where]] = [(data, None)]
    holders += [(operation, where) for _, _, operation, where in operations_of(data)]
    for holder, where in holders:
        for index, requirement in structure.kept(holder.get("security", [])):
            for name in [name for name in requirement if name not in schemes]:
                at: Where = ((where, "security"), index)
                fix = nearest(name, schemes)
                structure.report.note("security", at, "must name a security scheme", name, fix)
                del requirement[name]
