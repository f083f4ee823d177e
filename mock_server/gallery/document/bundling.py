"""One file from a document of several: what it refers to in other files becomes a component."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from ...contract.openapi.references import FILES
from ...contract.violations import parts

PREFIX = f"#/{FILES}/"
INVALID = re.compile(r"[^A-Za-z0-9._-]+")  # in the name of a component (OpenAPI 3.1, 4.8.7)
SUFFIX = re.compile(r"\.(?:ya?ml|json)$")
# The member that holds a reference, or the one above it → the section of its target
SECTIONS = {
    "parameters": "parameters",
    "requestBody": "requestBodies",
    "requestBodies": "requestBodies",
    "responses": "responses",
    "x-outside": "responses",
    "headers": "headers",
    "examples": "examples",
    "links": "links",
    "securitySchemes": "securitySchemes",
}
SCHEMAS = "schemas"
Path = tuple[str | int, ...]


def bundled(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return a document, as ``read_document`` returns it, without other files.

    The parts of ``x-files`` that it refers to are in its components. Its references then work in
    each tool, and name their types.
    """
    if FILES not in data:
        return dict(data)
    return _Bundle(data).result()


class _Bundle:
    def __init__(self, data: Mapping[str, Any]) -> None:
        self.files = data[FILES]
        self.data = {name: value for name, value in data.items() if name != FILES}
        # (section, reference) → the name of the component
        self.names: dict[tuple[str, str], str] = {}
        self.components: dict[str, dict[str, Any]] = {
            section: dict(members) for section, members in data.get("components", {}).items()
        }

    def result(self) -> dict[str, Any]:
        original = self.data.get("components", {})
        rest = {name: value for name, value in self.data.items() if name != "components"}
        result: dict[str, Any] = self._copy(rest, ())
        for section, members in original.items():
            copied = self._copy(members, ("components", section), section == SCHEMAS)
            self.components.setdefault(section, {}).update(copied)
        return {**result, "components": self.components}

    def _copy(self, value: Any, path: Path, in_schema: bool = False) -> Any:
        """Return a copy of a value with the references renamed."""
        if isinstance(value, list):
            return [
                self._copy(item, (*path, number), in_schema) for number, item in enumerate(value)
            ]
        if not isinstance(value, dict):
            return value
        copied = {}
        for key, member in value.items():
            is_reference = key == "$ref" or path[-2:] == ("discriminator", "mapping")
            if is_reference and isinstance(member, str) and member.startswith(PREFIX):
                copied[key] = self._renamed(member, SCHEMAS if in_schema else _section(path))
            else:
                copied[key] = self._copy(member, (*path, key), in_schema or key == "schema")
        return copied

    def _renamed(self, reference: str, section: str) -> str:
        """Return the reference to the component of a target, and add it if it is new."""
        if (section, reference) not in self.names:
            steps = parts(unquote(reference.removeprefix("#")))[1:]
            target: Any = self.files
            for step in steps:
                target = target[int(step)] if isinstance(target, list) else target[step]
            members = self.components.setdefault(section, {})
            name = _free_name(str(steps[-1]), members)
            self.names[section, reference] = name
            members[name] = None  # takes the name: the target can refer to itself
            members[name] = self._copy(target, (section, name), section == SCHEMAS)
        return f"#/components/{section}/{self.names[section, reference]}"


def _section(path: Path) -> str:
    """Return the section for the target of a reference at a path outside of schemas."""
    above = (str(step) for step in reversed(path[-2:]))
    return next((SECTIONS[step] for step in above if step in SECTIONS), SCHEMAS)


def _free_name(step: str, members: Mapping[str, Any]) -> str:
    """Return a valid name for a component that no other one has."""
    name = INVALID.sub("-", SUFFIX.sub("", step.rpartition("/")[2])).strip("-") or "part"
    free, number = name, 2
    while free in members:
        free, number = f"{name}-{number}", number + 1
    return free
