"""Export handlers for Mock Service Worker: the data of the mock, and the code that serves it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from ..contract.document.spec import Spec
from ..http.routing import PARAMETER
from ..state.dataset import Dataset
from . import timelines
from .any_document.responses import ResponseBody, response_bodies
from .operations import operations
from .typescript_literals import literal, union_type

HANDLERS = Path(__file__).with_name("handlers.ts")
DOCUMENTED_HANDLERS = Path(__file__).with_name("documented_handlers.ts")
SPECIAL = re.compile(r"[.*+?^${}()|\[\]\\]")
NO_BODY: dict[str, Any] = {"status": 200, "example": "", "headers": {}}  # of an empty operation


def files(dataset: Dataset) -> dict[str, str]:
    """Return ``handlers.ts``, a module that imports only MSW."""
    if not dataset.spec.release:
        return {"handlers.ts": _documented(dataset.spec)}
    data = _data(dataset)
    kinds = (("State", "states"), ("Scenario", "scenarios"), ("Release", "releases"))
    types = "".join(f"export type {name} = {union_type(data[kind])};\n" for name, kind in kinds)
    code = HANDLERS.read_text("utf-8")
    return {"handlers.ts": f"{code}\n{types}\nconst data: Data = {literal(data)};\n"}


def _documented(spec: Spec) -> str:
    """Return the handlers of a document without builds: they return its documented responses."""
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
    spec, fixtures, catalog = dataset.spec, dataset.fixtures, dataset.catalog
    return {
        "states": {n: timelines.segments(f.timeline) for n, f in fixtures.releases.items()},
        "scenarios": {n: timelines.scenario(s) for n, s in fixtures.scenarios.items()},
        "releases": {dataset.key_of(f): _release(dataset, n) for n, f in fixtures.releases.items()},
        "resources": {
            entity: {key: dict(resource.value) for key, resource in resources.items()}
            for entity, resources in catalog.resources.items()
            if entity != spec.release
        },
        "accounts": [
            {"token": account.token, "key": catalog.account_key(index)}
            for index, account in enumerate(catalog.accounts)
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


def _release(dataset: Dataset, state: str) -> dict[str, Any]:
    fixture = dataset.fixtures.releases[state]
    resource = dataset.release(dataset.key_of(fixture))
    owners = dataset.catalog.owners(resource) if resource else []
    keys = [owner.key for owner in owners]
    return {"state": state, "owners": keys, "identity": timelines.identity(dataset.spec, fixture)}
