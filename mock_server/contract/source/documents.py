"""A parsed file: its data, and the line and column of each value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from ..violations import Violation, parts, pointer
from . import yaml_reader
from .json_positions import JsonPositions


@dataclass(frozen=True)
class SourceFile:
    """A text file, and where its values are. json: the text is JSON and not YAML."""

    path: Path
    text: str
    json: bool = False

    def location(self, at: str = "") -> str:
        """Return ``file:line:column`` of a JSON pointer, or of its nearest existing ancestor.

        The first call parses the text again, because most files have no error to locate.
        """
        steps = parts(at)
        while (position := self._position(steps)) is None and steps:
            steps.pop()
        line, column = position or (1, 1)
        return f"{self.path}:{line}:{column}"

    def _position(self, steps: list[str]) -> tuple[int, int] | None:
        return self._in_json.position(steps) if self.json else self._in_yaml.get(pointer(steps))

    @cached_property
    def _in_json(self) -> JsonPositions:
        return JsonPositions(self.text)

    @cached_property
    def _in_yaml(self) -> Mapping[str, tuple[int, int]]:
        return yaml_reader.positions(self.path, self.text)


@dataclass(frozen=True)
class Document(SourceFile):
    """A parsed file: mappings with text keys, lists and scalars, and the location of each value.

    Only an OpenAPI document has the following. origins: JSON pointer → the file and the pointer
    there, for the parts that are not where the file has them. remarks: what was tolerated, without
    locations. own: the document contains extensions of this project, so that nothing is tolerated.
    extended: the document or an overlay contains them.
    """

    data: Any = None
    origins: Mapping[str, tuple[SourceFile, str]] = field(default_factory=dict)
    remarks: tuple[Violation, ...] = ()
    own: bool = True
    extended: bool = True

    def location(self, at: str = "") -> str:
        """Return ``file:line:column`` of a JSON pointer, or of its nearest existing ancestor."""
        file, there = self.origin(at)
        return SourceFile.location(self, there) if file is self else file.location(there)

    def origin(self, at: str) -> tuple[SourceFile, str]:
        """Return the file that a value comes from, and its JSON pointer in that file."""
        if self.origins:
            steps = parts(at)
            for count in range(len(steps), 0, -1):
                origin = self.origins.get(pointer(steps[:count]))
                if origin is not None:
                    return origin[0], origin[1] + pointer(steps[count:])
        return self, at

    @cached_property
    def notes(self) -> tuple[Violation, ...]:
        """Return what was tolerated in the document, each with its location."""
        return tuple(
            each if each.location else replace(each, location=self.location(each.pointer))
            for each in self.remarks
        )


def walk(value: Any, at: tuple[str | int, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Yield each value of a document, with its JSON pointer."""
    yield pointer(at), value
    if isinstance(value, dict):
        for key, member in value.items():
            yield from walk(member, (*at, key))
    elif isinstance(value, list):
        for index, member in enumerate(value):
            yield from walk(member, (*at, index))
