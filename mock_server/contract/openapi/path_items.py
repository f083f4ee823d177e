"""Replaces each reference to a path item by a copy of the path item."""

from __future__ import annotations

import copy
from typing import Any

from ..violations import pointer, show
from .origins import Origins
from .references import BROKEN, NoTarget, Target
from .report import Where, steps
from .structure import Structure

MESSAGE = "a $ref must point to an existing path item"


def inline_path_items(structure: Structure, data: Any, origins: Origins) -> None:
    """Replace the references in ``paths``. A path without a target has no operations."""
    paths = data.get("paths")
    if not isinstance(paths, dict):
        return
    for path, item in paths.items():
        if isinstance(item, dict) and "$ref" in item:
            at: Where = ((None, "paths"), path)
            target = _target(structure, item, at)
            if target is None:
                paths[path] = {}
                continue
            paths[path] = copy.deepcopy(target.value)
            structure.copied_from[id(paths[path])] = target.file
            here, there = pointer(("paths", path)), steps(target.where)
            if target.file:  # its pointer starts with the name of the file
                origins.replace(here, (target.file, pointer(there[2:])))
            else:
                origins.move({here: pointer(there)})


def _target(structure: Structure, item: Any, at: Where) -> Target | None:
    """Return the path item that a chain of references leads to; None and a problem without one."""
    target: Target | NoTarget = Target(item, at, "")
    visited: set[int] = set()
    while isinstance(target, Target) and isinstance(target.value, dict) and "$ref" in target.value:
        ref = target.value["$ref"]
        if id(target.value) in visited:
            target = NoTarget(BROKEN, "a $ref must not refer to itself", "break the cycle")
        elif isinstance(ref, str):
            visited.add(id(target.value))
            target = structure.folder.find(ref, target.file)
        else:
            target = NoTarget(BROKEN, "a $ref must be text")
    if isinstance(target, Target) and not isinstance(target.value, dict):
        target = NoTarget(BROKEN, MESSAGE)
    if isinstance(target, NoTarget):
        report = structure.report
        add = report.error if target.reason == BROKEN else report.note
        add("ref", (at, "$ref"), target.message, show(item["$ref"]), target.fix)
        return None
    return target
