"""Follows the references of a document to their targets."""

from __future__ import annotations

import copy
from typing import Any

from ..violations import show
from .references import BROKEN, Target
from .structure import ARTICLES, Reference, Structure, problem_of


def follow(structure: Structure, reference: Reference) -> None:
    """Find the target of a reference, and add it to the visits.

    Without a target the reference is an error if it is broken, else a note.
    """
    holder, key, kind = reference.holder, reference.key, reference.kind
    ref, at, report = holder.get(key), (reference.where, key), structure.report
    if not isinstance(ref, str):
        report.note("ref", at, "a $ref must be text", show(ref))
        remove(structure, reference)
        return
    target = structure.folder.find(ref, reference.file)
    if not isinstance(target, Target):
        needed = kind not in ("example", "link") and key == "$ref"
        add = report.error if target.reason == BROKEN and needed else report.note
        add("ref", at, target.message, ref, target.fix)
        remove(structure, reference)
        return
    value = target.value
    if kind == "schema" and isinstance(value, bool) and key == "$ref":
        holder.pop(key)
        holder.update({} if value else {"not": {}})
        return
    found = structure.kind_of(value) if isinstance(value, dict) else show(value)
    if not isinstance(value, dict) or found not in (None, kind):
        message = f"a $ref must refer to {ARTICLES.get(kind, 'a')} {kind}"
        report.note("ref", at, message, f"{ref} ({found})")
        remove(structure, reference)
        return
    problem = problem_of(value, kind) if found is None and "$ref" not in value else None
    if problem is not None:
        report.note("ref", at, f"a $ref must refer to {ARTICLES.get(kind, 'a')} {kind}", ref)
        remove(structure, reference)
        return
    reference.target = target
    structure.references.append(reference)
    if key == "$ref":
        structure.targets[id(holder)] = value
    structure.add(value, kind, target.where, target.file)


def remove(structure: Structure, reference: Reference) -> None:
    """Remove a reference that has no target: a schema then accepts any value."""
    reference.holder.pop(reference.key, None)
    slot = structure.slots.get(id(reference.holder))
    if slot is None or reference.kind == "schema":
        return
    container, key, where = slot
    if isinstance(container, list):
        structure.drop(container, where, key)
    else:
        container.pop(key, None)


def copy_examples(structure: Structure) -> None:
    """Replace each reference that is the value of an example by a copy of its target.

    Many tools do so. A reference without a target stays: it may be data, such as a JSON Schema.
    """
    problems = structure.folder.problems
    for reference in structure.examples:
        holder, key, at = reference.holder, reference.key, (reference.where, reference.key)
        ref, count = holder[key]["$ref"], len(problems)
        target = structure.folder.find(ref, reference.file)
        if isinstance(target, Target):
            value = target.value
            is_example = isinstance(value, dict) and structure.kind_of(value) == "example"
            holder[key] = copy.deepcopy(value.get("value") if is_example else value)
            structure.report.remark("example", at, "a reference as an example is replaced", ref)
        else:
            del problems[count:]  # the file of an example need not be JSON or YAML


def break_cycles(structure: Structure) -> None:
    """Remove each reference that leads only to itself."""
    for reference in structure.references:
        visited: set[int] = set()
        value: Any = reference.holder
        while id(value) in structure.targets and id(value) not in visited:
            visited.add(id(value))
            value = structure.targets[id(value)]
        if id(value) in structure.targets and reference.key == "$ref":
            at = (reference.where, "$ref")
            add = structure.report.note if reference.kind == "schema" else structure.report.error
            found = str(reference.holder.get("$ref"))
            add("ref", at, "a $ref must not refer to itself", found, "break the cycle")
            if reference.kind == "schema":
                del structure.targets[id(reference.holder)]
                remove(structure, reference)
