"""Export handlers for Mock Service Worker: the data of the mock, and the code that serves it."""

from __future__ import annotations

import re
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ..contract.document.operation import PARAMETER
from ..contract.document.resources.types import ResourceType, TimelineRoles
from ..contract.document.spec import Spec
from ..fixtures.values import Fixture
from ..state.catalog import Catalog, Resource
from ..state.dataset import Dataset
from . import timelines
from .operations import operations
from .responses import ResponseBody, response_bodies
from .typescript_literals import literal, union_type

HANDLERS = Path(__file__).with_name("handlers.ts")
DOCUMENTED_HANDLERS = Path(__file__).with_name("documented_handlers.ts")
SPECIAL = re.compile(r"[.*+?^${}()|\[\]\\]")
NO_BODY: dict[str, Any] = {"status": 200, "example": "", "headers": {}}  # of an empty operation


def files(dataset: Dataset) -> dict[str, str]:
    """Return ``handlers.ts``, a module that imports only MSW."""
    if not dataset.spec.types:
        return {"handlers.ts": _documented(dataset.spec)}
    data = _data(dataset)
    timed = [each.name for each in dataset.spec.with_timelines]
    keys = [key for name in timed or data["resources"] for key in data["resources"][name]]
    names = {"State": data["states"], "Scenario": data["scenarios"], "Key": keys}
    types = "".join(f"export type {name} = {union_type(of)};\n" for name, of in names.items())
    code = HANDLERS.read_text("utf-8")
    return {"handlers.ts": f"{code}\n{types}\nconst data: Data = {literal(data)};\n"}


def _documented(spec: Spec) -> str:
    """Return the handlers of a document without resources: they return its documented responses."""
    bodies = response_bodies(spec)
    # A handler with fewer parameters is tried first: `/pets/mine` is also `/pets/{id}`.
    operations = sorted(spec.operations.values(), key=lambda operation: operation.path.count("{"))
    entries = [
        {
            "id": operation.id,
            "method": operation.method.lower(),
            "path": _path_pattern(operation.path),
            "prefixes": [prefix for prefix in operation.prefixes or spec.prefixes if prefix],
            "responses": [_response(body) for body in bodies[operation.id]] or [NO_BODY],
        }
        for operation in operations
        if operation.method != "TRACE"  # which no browser sends
    ]
    types = f"export type Operation = {union_type(spec.operations)};\n"
    code = DOCUMENTED_HANDLERS.read_text("utf-8")
    return f"{code}\n{types}\nconst data: Entry[] = {literal(entries)};\n"


def _response(body: ResponseBody) -> dict[str, Any]:
    """Return the value of the type ``Example`` in ``documented_handlers.ts``."""
    content: dict[str, Any] = {"json": body.value} if body.is_json else {}
    content |= {} if body.text is None else {"text": body.text}
    return {"status": body.status, "example": body.example, "headers": body.headers, **content}


def _path_pattern(path: str) -> str:
    """Return a regular expression of JavaScript for the path of an operation."""
    path = path.partition("?")[0].partition("#")[0]
    literals = PARAMETER.split(path)[::2]  # the parameters are between them
    return "[^/]+".join(SPECIAL.sub(r"\\\g<0>", text) for text in literals)


def _data(dataset: Dataset) -> dict[str, Any]:
    """Return the value of the type ``Data`` in ``handlers.ts``."""
    fixtures, catalog = dataset.fixtures, dataset.catalog
    return {
        "types": {name: _type(catalog, each) for name, each in dataset.spec.types.items()},
        "states": {name: _state(fixture) for name, fixture in fixtures.fixtures.items()},
        "scenarios": {n: timelines.scenario(s) for n, s in fixtures.scenarios.items()},
        "resources": {
            name: {key: _resource(resource) for key, resource in resources.items()}
            for name, resources in catalog.resources.items()
        },
        "credentials": [
            {
                "token": caller.token,
                "type": caller.resource.type.name if caller.resource else "",
                "key": caller.resource.key if caller.resource else "",
            }
            for caller in catalog.callers
        ],
        "operations": operations(dataset),
        "staticResponses": [
            {
                "method": response.method.lower(),
                "path": re.sub(r"\{(\w+)\}", r":\1", response.path),
                "status": response.status,
                "type": response.media_type,
                "text": response.body.decode(),
            }
            for response in fixtures.static_responses
        ],
    }


def _type(catalog: Catalog, resource_type: ResourceType) -> dict[str, Any]:
    """Return the value of the type ``ResourceType`` in ``handlers.ts``."""
    roles, properties = resource_type.timeline, resource_type.properties
    ownership = catalog.ownership(resource_type.name)
    return {
        "label": resource_type.label,
        "keys": list(resource_type.keys),
        "parent": resource_type.parent,
        "parentKeys": list(resource_type.parent_keys),
        "owner": asdict(ownership) if ownership else None,
        "unique": [list(names) for names in resource_type.unique],
        "properties": list(properties),
        "required": sorted(resource_type.required),
        "readOnly": [name for name, schema in properties.items() if schema.get("readOnly")],
        "nullable": [name for name in properties if resource_type.allows_null(name)],
        "numbers": [n for n in resource_type.keys if "integer" in properties[n].get("type", ())],
        "defaults": {n: s["default"] for n, s in properties.items() if "default" in s},
        "formats": dict(resource_type.timestamps),
        "embedded": dict(resource_type.embedded),
        "timeline": _timeline(roles) if roles else None,
    }


def _timeline(roles: TimelineRoles) -> dict[str, Any]:
    """Return the value of the type ``Timeline`` in ``handlers.ts``."""
    return {
        "status": list(roles.status),
        "phases": dict(roles.phases),
        "properties": sorted(roles.properties),
        "duration": roles.duration,
        "processes": [dict(process.properties) for process in roles.processes],
    }


def _state(fixture: Fixture) -> dict[str, Any]:
    """Return the value of the type ``State`` in ``handlers.ts``."""
    return {
        "type": fixture.type.name,
        "identity": timelines.identity(fixture),
        "segments": timelines.segments(fixture.timeline),
    }


def _resource(resource: Resource) -> dict[str, Any]:
    """Return the name of the state that a resource has at the start, or its value."""
    if resource.fixture is not None:
        return {"state": resource.fixture.name}
    return {"value": dict(resource.value)}
