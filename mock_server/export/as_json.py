"""Export states and timelines as JSON files."""

from __future__ import annotations

import json
import re
from typing import Any
from zlib import crc32

from ..contract.document.spec import Spec
from ..fixtures.values import Fixture, Scenario
from ..state.dataset import Dataset
from . import timelines
from .responses import ResponseBody, response_bodies

UNSAFE = re.compile(r"[^A-Za-z0-9_-]+")
MAX_NAME = 60  # characters


def files(dataset: Dataset) -> dict[str, str]:
    """Return the content of each file by its name.

    ``states/NAME.json`` is a resource as the API returns it at the time of its fixture,
    ``timelines/NAME.json`` is the timeline of a scenario, and ``index.json`` describes them.
    Without fixtures, ``responses/OPERATION.STATUS.json`` is the body of a documented response.
    """
    fixtures = dataset.fixtures
    if not fixtures.fixtures:
        return _documented(dataset.spec)
    index = {
        "states": {n: _about(f) for n, f in fixtures.fixtures.items()},
        "timelines": {n: _about(s) for n, s in fixtures.scenarios.items()},
    }
    return {
        "index.json": _text(index),
        **{f"states/{n}.json": _text(timelines.state(f)) for n, f in fixtures.fixtures.items()},
        **{
            f"timelines/{n}.json": _text(timelines.scenario(s))
            for n, s in fixtures.scenarios.items()
        },
    }


def _about(value: Fixture | Scenario) -> dict[str, Any]:
    return {**timelines.about(value.about), "type": value.type.name}


def _documented(spec: Spec) -> dict[str, str]:
    """Return a file for each documented body in JSON, and ``index.json``, which lists them."""
    bodies = response_bodies(spec)
    index: dict[str, Any] = {}
    files: dict[str, str] = {}
    for operation in spec.operations.values():
        listed = []
        for body in bodies[operation.id]:
            file = _file_name(operation.id, body) if body.is_json else None
            if file is not None:
                files[file] = _text(body.value)
            listed.append({"status": body.name, "example": body.example, "file": file})
        index[operation.id] = {
            "method": operation.method,
            "path": operation.path,
            "summary": operation.summary,
            "responses": listed,
        }
    return {"index.json": _text({"operations": index}), **files}


def _file_name(operation: str, body: ResponseBody) -> str:
    """Return a name that is valid on all file systems."""
    names = (operation, body.name, *([body.example] if body.example else []))
    return f"responses/{'.'.join(map(_safe, names))}.json"


def _safe(name: str) -> str:
    """Return a name with only plain characters. A digest keeps names apart that become equal."""
    safe = UNSAFE.sub("-", name)[:MAX_NAME] or "-"
    return safe if safe == name else f"{safe}-{crc32(name.encode('utf-8', 'replace')):08x}"


def _text(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
