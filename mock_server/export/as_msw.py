"""Export handlers for Mock Service Worker: the data of the mock, and the code that serves it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from ..state.dataset import Dataset
from . import timelines
from .operations import operations
from .typescript_literals import literal, union_type

HANDLERS = Path(__file__).with_name("handlers.ts")


def files(dataset: Dataset) -> dict[str, str]:
    """Return ``handlers.ts``, a module that imports only MSW."""
    data = _data(dataset)
    kinds = (("State", "states"), ("Scenario", "scenarios"), ("Release", "releases"))
    types = "".join(f"export type {name} = {union_type(data[kind])};\n" for name, kind in kinds)
    code = HANDLERS.read_text("utf-8")
    return {"handlers.ts": f"{code}\n{types}\nconst data: Data = {literal(data)};\n"}


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
