"""Handlers of Mock Service Worker: the data of states, timelines and lookups, and who folds it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from ..state.dataset import Dataset
from . import timelines
from .operations import operations
from .typescript_literals import literal, names

RUNTIME = Path(__file__).parent / "handlers.ts"


def files(dataset: Dataset) -> dict[str, str]:
    """``handlers.ts``: one module, which imports MSW alone."""
    runtime = RUNTIME.read_text("utf-8")
    data = _data(dataset)
    kinds = (("State", "states"), ("Scenario", "scenarios"), ("Release", "releases"))
    types = "".join(f"export type {name} = {names(data[kind])};\n" for name, kind in kinds)
    return {"handlers.ts": f"{runtime}\n{types}\nconst data: Data = {literal(data)};\n"}


def _data(dataset: Dataset) -> dict[str, Any]:
    spec, fixtures, catalog = dataset.spec, dataset.fixtures, dataset.catalog
    account = next(entity for entity in spec.entities.values() if entity.parent is None)
    return {
        "states": {n: timelines.segments(f.timeline) for n, f in fixtures.releases.items()},
        "scenarios": {n: timelines.scenario(s) for n, s in fixtures.scenarios.items()},
        "releases": {dataset.key_of(f): _release(dataset, n) for n, f in fixtures.releases.items()},
        "others": {
            entity: {key: dict(resource.value) for key, resource in found.items()}
            for entity, found in catalog.resources.items()
            if entity != spec.release
        },
        "callers": [
            {"token": one.token, "key": one.account[account.key]} for one in catalog.accounts
        ],
        "operations": operations(dataset),
        "staticResponses": [
            {
                "method": answer.method.lower(),
                "path": re.sub(r"\{(\w+)\}", r":\1", answer.path),
                "status": answer.status,
                "type": answer.media_type,
                "text": answer.body.decode(),
            }
            for answer in fixtures.static_responses
        ],
    }


def _release(dataset: Dataset, state: str) -> dict[str, Any]:
    fixture = dataset.fixtures.releases[state]
    resource = dataset.release(dataset.key_of(fixture))
    owner = dataset.catalog.owner(resource) if resource else None
    key = owner.value[dataset.spec.entities[owner.entity].key] if owner else None
    return {"state": state, "owner": key, "who": timelines.who(dataset.spec, fixture)}
