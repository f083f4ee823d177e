"""Reads an operation of an OpenAPI document: its parameters, bodies, responses and lookup."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ..exchange import media_type
from ..violations import parts, pointer
from .operation import (
    Action,
    Content,
    DocumentedResponse,
    Lookup,
    LookupWay,
    Operation,
    Page,
    Parameter,
    SecurityScheme,
)
from .references import at, followed, resolve
from .response_loading import contents_of, response_of

CEL = "cel"  # in `set`: an expression
URL = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*|^//[^/?#]*")


def operation_of(data: Any, path: str, method: str, with_resources: frozenset[str]) -> Operation:
    """Return the operation of a path and a method (lower case).

    with_resources: the result of ``resource_schemas``.
    """
    where = pointer(("paths", path, method))
    definition = data["paths"][path][method]
    parameters = list(_parameters(data, path, method))
    responses = {
        str(status): response_of(
            data, _first_status(str(status)), f"{where}/responses/{status}", with_resources
        )
        for status in definition.get("responses", {})
        if not str(status).startswith("x-")
    }
    bodies = _bodies(data, definition, where)
    body = resolve(data, definition.get("requestBody", {}))
    page = _page(definition.get("x-page"))
    servers = definition.get("servers") or data["paths"][path].get("servers")
    return Operation(
        id=definition["operationId"],
        method=method.upper(),
        path=path,
        pointer=where,
        summary=definition.get("summary", ""),
        security=tuple(_security(data, definition.get("security", data.get("security", [])))),
        optional=bool(definition.get("x-optional", False)),
        parameters=tuple(p for p in parameters if p.location == "query"),
        bodies=bodies,
        body_required=bool(bodies) and bool(body.get("required")),  # without one, none is valid
        responses={int(name): each for name, each in responses.items() if name.isdecimal()},
        ranges={
            name.upper() if name != "default" else name: each
            for name, each in responses.items()
            if not name.isdecimal()
        },
        lookup=_lookup(definition.get("x-lookup"), page),
        action=_action(definition.get("x-action"), responses.values()),
        page=page,
        path_parameters=tuple(p for p in parameters if p.location == "path"),
        header_parameters=tuple(p for p in parameters if p.location == "header"),
        cookie_parameters=tuple(p for p in parameters if p.location == "cookie"),
        prefixes=server_paths(servers) if servers else (),
    )


def _first_status(name: str) -> int:
    """Return a status, or the first one of a range such as ``4XX``; 500 for ``default``."""
    if name.isdecimal():
        return int(name)
    return int(name[0]) * 100 if name[0].isdecimal() else 500


def _bodies(data: Any, definition: Mapping[str, Any], where: str) -> tuple[Content, ...]:
    """Return the request bodies; their pointers lead through a ``$ref``."""
    if "requestBody" not in definition:
        return ()
    base = followed(data, where + "/requestBody")
    return contents_of(data, at(data, base).get("content", {}), base)


def _security(
    data: Any, alternatives: list[Mapping[str, Any]]
) -> Iterator[tuple[SecurityScheme, ...]]:
    declared = data.get("components", {}).get("securitySchemes", {})
    for alternative in alternatives:
        yield tuple(
            _scheme(name, resolve(data, declared[name])) for name in alternative if name in declared
        )


def _scheme(name: str, definition: Mapping[str, Any]) -> SecurityScheme:
    kind = definition.get("type")
    if kind == "apiKey":
        location = str(definition.get("in"))
        location = location if location in ("query", "cookie") else "header"
        parameter = str(definition.get("name", ""))
        return SecurityScheme(name, "apiKey", location, parameter)
    if kind == "http":
        return SecurityScheme(name, str(definition.get("scheme", "")).lower())
    return SecurityScheme(name, "bearer" if kind in ("oauth2", "openIdConnect") else str(kind))


def _parameters(data: Any, path: str, method: str) -> Iterator[Parameter]:
    """Yield the parameters; those of the operation replace equal ones of the path."""
    found: dict[tuple[str, str], Parameter] = {}
    for base in (("paths", path), ("paths", path, method)):
        for index in range(len(at(data, pointer(base)).get("parameters", []))):
            parameter = _parameter(data, pointer((*base, "parameters", index)))
            found[parameter.location, parameter.name] = parameter
    yield from found.values()


def _parameter(data: Any, where: str) -> Parameter:
    where = followed(data, where)
    definition = at(data, where)
    location = definition["in"]
    described = next(iter(definition.get("content", {})), None)
    within = ("content", described, "schema") if described else ("schema",)
    style = definition.get("style", "form" if location in ("query", "cookie") else "simple")
    schema = definition["content"][described] if described else definition
    return Parameter(
        name=definition["name"],
        location=location,
        pointer=where,
        schema_pointer=where + pointer(within),
        schema=resolve(data, schema.get("schema", {})),
        required=bool(definition.get("required", False)) or location == "path",
        style=style,
        explode=bool(definition.get("explode", style == "form")),
        media_type=described and media_type(described),
        omits=definition.get("x-omits"),
    )


def server_paths(servers: list[Mapping[str, Any]]) -> tuple[str, ...]:
    """Return the paths of the URLs of servers, without a slash at the end, each once.

    A URL can be absolute or relative, and have variables, whose default values are used.
    """
    paths = []
    for server in servers:
        url = str(server.get("url", ""))
        for name, variable in (server.get("variables") or {}).items():
            url = url.replace(f"{{{name}}}", str(variable.get("default", "")))
        path = URL.sub("", url).partition("?")[0].strip("/")
        paths.append(f"/{path}" if path and "{" not in path else "")
    return tuple(dict.fromkeys(paths))


def _lookup(definition: Mapping[str, Any] | None, page: Page | None) -> Lookup | None:
    if definition is None:
        return None
    return Lookup(
        finds=definition["finds"],
        ways=tuple(
            LookupWay(way["by"], way.get("where", {})) for way in definition.get("ways", ())
        ),
        filters=tuple(definition.get("filters", ())),
        otherwise=definition.get("otherwise"),
        page=page,
    )


def _action(definition: Any, responses: Iterable[DocumentedResponse]) -> Action | None:
    """Return the action that ``x-action`` describes: its name, or an object with details.

    responses: of the operation. ``otherwise`` is the status of one of them, or the name of an error
    example, which belongs to the first response that has it.
    """
    if definition is None:
        return None
    if isinstance(definition, str):
        return Action(definition)
    sources, given = definition.get("from", ()), definition.get("set", {})
    computed = {name: each[CEL] for name, each in given.items() if _is_expression(each)}
    otherwise, code = definition.get("otherwise", Action.otherwise), ""
    if isinstance(otherwise, str):
        code, named = otherwise, (each.status for each in responses if otherwise in each.examples)
        otherwise = next(named, Action.otherwise)
    return Action(
        do=definition["do"],
        finds=definition.get("resource", ""),
        sources=(sources,) if isinstance(sources, str) else tuple(sources),
        otherwise=otherwise,
        otherwise_code=code,
        values={name: each for name, each in given.items() if name not in computed},
        computed=computed,
        who=definition.get("who", ""),
    )


def _is_expression(value: Any) -> bool:
    """Return whether a value of ``set`` is an expression: ``{ cel: size(self.items) }``."""
    return isinstance(value, dict) and value.keys() == {CEL} and isinstance(value[CEL], str)


def _page(definition: Mapping[str, Any] | None) -> Page | None:
    if definition is None:
        return None
    order, maximum = definition.get("order", ()), definition.get("maximum", Page.maximum)
    return Page(
        style=definition["style"],
        position=definition.get("position", ""),
        limit=definition.get("limit", ""),
        default=definition.get("default", min(Page.default, maximum)),
        maximum=maximum,
        sort=definition.get("sort", ""),
        order=(order,) if isinstance(order, str) else tuple(order),
        fields={name: tuple(parts(where)) for name, where in definition.get("body", {}).items()},
        headers=definition.get("headers", {}),
        links=bool(definition.get("links", False)),
    )
