"""Applies OpenAPI Overlays 1.0 to a document before anything else reads it."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..source.documents import SourceFile
from ..violations import ContractError, Violation, nearest, parts, pointer, show
from .files import ParsedFile, parse_file
from .origins import Origins

MAX_MATCHES = 100_000
FIELDS = ("overlay", "info", "extends", "actions")
FIELDS_OF_ACTION = ("target", "description", "update", "remove")
# A step of a target that names one value.
STEP = re.compile(r"""\.([\w-]+)|\[\s*'([^']*)'\s*\]|\[\s*"([^"]*)"\s*\]|\[\s*(\d+)\s*\]""")


@dataclass
class Overlays:
    """The overlay files by the names that origins have. own: one uses the extensions."""

    files: dict[str, SourceFile] = field(default_factory=dict)
    own: bool = False


def apply_overlays(data: Any, paths: Sequence[Path], origins: Origins) -> Overlays:
    """Change the data of a document by the actions of each overlay, in their order.

    Adds the origin of each changed value. Raises ContractError with all problems of the overlays.
    """
    applied = Overlays()
    violations: list[Violation] = []
    for number, path in enumerate(paths, 1):
        try:
            parsed = parse_file(path)
        except ContractError as error:
            violations += error.violations
            continue
        name = f"overlay {number}"
        applied.files[name] = parsed.file
        applied.own = applied.own or parsed.own
        problems = list(_form_problems(parsed))
        if not problems:
            for index, action in enumerate(parsed.data["actions"]):
                at = pointer(("actions", index))
                problems += _apply(data, action, name, at, origins)
        violations += [_located(problem, parsed.file) for problem in problems]
    if violations:
        raise ContractError(violations)
    return applied


def _located(problem: Violation, file: SourceFile) -> Violation:
    location = file.location(problem.pointer)
    return Violation(
        "overlay", problem.message, problem.pointer, problem.found, problem.fix, location
    )


def _problem(at: str, message: str, found: str = "", fix: str = "") -> Violation:
    return Violation("overlay", message, at, found, fix)


def _form_problems(parsed: ParsedFile) -> Iterator[Violation]:
    """Yield the problems in the form of an overlay."""
    data = parsed.data
    if not isinstance(data, dict):
        yield _problem("", "an overlay must be a mapping", show(data))
        return
    version = str(data.get("overlay", ""))
    if not re.match(r"1(\.|$)", version):
        at, found = ("/overlay", show(version)) if version else ("", "none")
        yield _problem(at, "must be an OpenAPI Overlay 1.0", found, "write overlay: 1.0.0")
    yield from _unknown_fields(data, FIELDS, "")
    actions = data.get("actions")
    if not isinstance(actions, list) or not actions:
        at = "/actions" if "actions" in data else ""
        yield _problem(at, "an overlay must have a list of actions", show(actions))
        return
    for index, action in enumerate(actions):
        at = pointer(("actions", index))
        if not isinstance(action, dict):
            yield _problem(at, "an action must be a mapping", show(action))
            continue
        yield from _unknown_fields(action, FIELDS_OF_ACTION, at)
        if not isinstance(action.get("target"), str):
            yield _problem(at, "an action must have a target", show(action.get("target")))
        if not isinstance(action.get("remove", False), bool):
            yield _problem(f"{at}/remove", "must be true or false", show(action["remove"]))
        if "update" not in action and "remove" not in action:
            yield _problem(at, "an action must have update or remove")


def _unknown_fields(data: dict[str, Any], known: Sequence[str], at: str) -> Iterator[Violation]:
    for key in data:
        if key not in known and not key.startswith("x-"):
            yield _problem(at + pointer((key,)), "unknown field", key, nearest(key, known))


def _apply(
    data: Any, action: dict[str, Any], name: str, at: str, origins: Origins
) -> Iterator[Violation]:
    """Apply one action. Yields its problems."""
    from jsonpath import JSONPathEnvironment, JSONPathError  # slow to import

    target = action["target"]
    try:
        found = JSONPathEnvironment(strict=True).finditer(target, data)
        matches = []
        for match in found:
            matches.append(match.parts)
            if len(matches) > MAX_MATCHES:
                yield _problem(f"{at}/target", f"must match at most {MAX_MATCHES} values")
                return
    except (JSONPathError, RecursionError, ValueError, re.error) as error:
        message = (str(error) or "nested too deep").splitlines()[0]
        yield _problem(f"{at}/target", f"must be a JSONPath (RFC 9535): {message}", target)
        return
    if not matches:
        yield _problem(f"{at}/target", "must match a value", target, _fix(data, target))
    elif action.get("remove"):
        if () in matches:
            yield _problem(f"{at}/target", "must not remove the document", target)
            return
        _remove(data, matches, origins)
    else:
        for steps in matches:
            yield from _update(data, steps, action["update"], (name, f"{at}/update"), origins)


def _fix(data: Any, target: str) -> str:
    """Return a fix for a target without a match: the first step that does not exist."""
    position, value = 1, data
    while match := STEP.match(target, position):
        name = next(group for group in match.groups() if group is not None)
        if isinstance(value, dict) and name in value:
            value = value[name]
        elif isinstance(value, list) and name.isdecimal() and int(name) < len(value):
            value = value[int(name)]
        else:
            known = list(value) if isinstance(value, dict) else []
            similar = nearest(name, known)
            similar = similar if similar.startswith("did") else ""
            return similar or f"{target[:position]} has no {show(name)}"
        position = match.end()
    return ""


def _remove(data: Any, matches: list[tuple[str | int, ...]], origins: Origins) -> None:
    # The last item of a list is removed first, so that the others keep their index.
    for steps in sorted(matches, key=lambda each: [str(step).zfill(9) for step in each])[::-1]:
        container = _at(data, steps[:-1])
        step = steps[-1]
        if isinstance(container, list) and isinstance(step, int) and step < len(container):
            base = pointer(steps[:-1])
            origins.move(
                {f"{base}/{i - 1}": f"{base}/{i}" for i in range(step + 1, len(container))}
            )
            del container[step]
        elif isinstance(container, dict):
            container.pop(step, None)


def _at(data: Any, steps: Sequence[str | int]) -> Any:
    for step in steps:
        try:
            data = data[step]
        except (LookupError, TypeError):  # removed with another match
            return None
    return data


def _update(
    data: Any, steps: tuple[str | int, ...], update: Any, origin: tuple[str, str], origins: Origins
) -> Iterator[Violation]:
    """Merge an update into one match."""
    target = _at(data, steps)
    here = pointer(steps)
    if isinstance(target, list):
        # An entry to append; several entries are a list, as other programs write them.
        entries = update if isinstance(update, list) else [update]
        for index, entry in enumerate(entries):
            below = pointer((index,)) if isinstance(update, list) else ""
            origins.set(f"{here}/{len(target)}", (origin[0], origin[1] + below))
            target.append(copy.deepcopy(entry))
    elif isinstance(target, dict) and isinstance(update, dict):
        _merge(target, update, here, origin, origins)
    elif isinstance(target, dict):
        yield _problem(origin[1], "must be a mapping, as the target is", show(update))
    else:
        message = "the target must be a mapping or a list"
        yield _problem(parent(origin[1]) + "/target", message, f"{show(target)} at {here}")


def parent(at: str) -> str:
    """Return the JSON pointer of the container of a value."""
    return pointer(parts(at)[:-1])


def _merge(
    target: dict[str, Any],
    update: dict[str, Any],
    here: str,
    origin: tuple[str, str],
    origins: Origins,
) -> None:
    """Merge mappings deeply; lists are appended, other values are replaced."""
    name, there = origin
    for key, value in update.items():
        at, source = here + pointer((key,)), (name, there + pointer((key,)))
        present = target.get(key)
        if isinstance(present, dict) and isinstance(value, dict):
            _merge(present, value, at, source, origins)
        elif isinstance(present, list) and isinstance(value, list):
            for index, item in enumerate(value):
                origins.set(f"{at}/{len(present)}", (name, f"{source[1]}/{index}"))
                present.append(copy.deepcopy(item))
        else:
            target[key] = copy.deepcopy(value)
            origins.replace(at, source)
