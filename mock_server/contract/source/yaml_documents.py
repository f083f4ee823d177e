"""Strict YAML: scalars are never converted by surprise, and each value has a line and a column.

Scalars follow the JSON schema of YAML 1.2 (section 10.2): numbers in the grammar of JSON, ``true``,
``false`` and ``null``. Everything else is text, such as ``no``, ``1:30``, a sha or a timestamp.
Duplicate keys, aliases, tags and huge files are errors. No object is constructed from a tag.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from ..violations import ContractError, Violation, parts, pointer, show

MAX_FILE_SIZE = 8 * 1024 * 1024  # bytes
MAX_DEPTH = 100  # levels of nesting
FIXES = {  # part of an error message of the parser → how to fix it
    "mapping values are not allowed": "put text that contains a colon and a space in quotes",
    "cannot start any token": "put it in quotes; indent with spaces, not with tabs",
    "did not find expected": "close the quote or bracket that is open above it",
    "special characters are not allowed": "write it as an escape sequence in double quotes",
}
LOADER = getattr(yaml, "CLoader", yaml.Loader)  # only parses events; its constructor is not used

CONSTANTS: dict[str, Any] = {"null": None, "": None, "~": None, "true": True, "false": False}
SURROGATE = re.compile("[\ud800-\udfff]")
INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,300})\Z")
NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,300})(\.[0-9]+)?([eE][-+]?[0-9]{1,3})?\Z")


@dataclass(frozen=True)
class Document:
    """A parsed file: mappings with text keys, lists and scalars, and the location of each value."""

    path: Path
    text: str
    data: Any

    @cached_property
    def positions(self) -> dict[str, tuple[int, int]]:
        """Return line and column, both from 1, of each value by its JSON pointer."""
        positions: dict[str, tuple[int, int]] = {}
        _Reader(self.path, self.text, positions).read()
        return positions

    def location(self, at: str = "") -> str:
        """Return ``file:line:column`` of a JSON pointer, or of its nearest existing ancestor."""
        steps = parts(at)
        while pointer(steps) not in self.positions and steps:
            steps.pop()
        line, column = self.positions.get(pointer(steps), (1, 1))
        return f"{self.path}:{line}:{column}"


def read(path: Path) -> Document:
    """Parse a YAML file.

    Raises ContractError with all syntax errors of the file.
    """
    text = _text(path)
    reader = _Reader(path, text)
    data = reader.read()
    if reader.problems:
        raise ContractError(reader.problems)
    return Document(path, text, data)


def _text(path: Path) -> str:
    try:
        size = path.stat().st_size
        if size > MAX_FILE_SIZE:
            raise ContractError(
                [
                    Violation(
                        "file-size",
                        f"must have at most {MAX_FILE_SIZE} bytes",
                        found=f"{size} bytes",
                        fix="split it",
                        location=str(path),
                    )
                ]
            )
        return path.read_bytes().decode("utf-8")
    except OSError as error:
        reason = error.strerror or str(error)
        raise ContractError(
            [Violation("file", f"cannot read: {reason}", location=str(path))]
        ) from None
    except UnicodeDecodeError as error:
        raise ContractError(
            [
                Violation(
                    "utf-8",
                    "must be UTF-8 text",
                    found=f"byte {error.object[error.start]:#04x} at offset {error.start}",
                    fix="save it as UTF-8",
                    location=str(path),
                )
            ]
        ) from None


class _Reader:
    """Builds data from parser events, and collects all errors instead of stopping at the first.

    positions: receives line and column of each value. None skips this, because most documents have
    no error to locate.
    """

    def __init__(
        self, path: Path, text: str, positions: dict[str, tuple[int, int]] | None = None
    ) -> None:
        self.path, self.text, self.positions = path, text, positions
        self.problems: list[Violation] = []
        self._has_escapes = "\\" in text  # only an escape can create a surrogate

    def read(self) -> Any:
        try:
            loader = LOADER(self.text)
            try:
                return self._documents(iter(loader.get_event, None))
            finally:
                loader.dispose()
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            message = str(error.problem or error.context)
            fix = next((fix for part, fix in FIXES.items() if part in message), "")
            self._problem("yaml", f"not YAML: {message}", mark, fix)
        except yaml.YAMLError as error:
            self._problem("yaml", f"not YAML: {' '.join(str(error).split())}", None, "")
        except _TooDeepError as error:
            self._problem(
                "depth", f"must have at most {MAX_DEPTH} levels of nesting", error.mark, ""
            )
        return None

    def _documents(self, events: Iterator[Any]) -> Any:
        data = None
        count = 0
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                count += 1
                if count == 2:
                    self._problem(
                        "one-document", "a file must contain one document", event, "split it"
                    )
            elif isinstance(event, yaml.NodeEvent):
                value = self._value(event, events, "", 0)
                data = value if count == 1 else data
        return data

    def _problem(self, rule: str, message: str, at: Any, fix: str, found: str = "") -> None:
        mark = getattr(at, "start_mark", at)
        location = str(self.path)
        if mark is not None:
            location += f":{mark.line + 1}:{mark.column + 1}"
        self.problems.append(Violation(rule, message, found=found, fix=fix, location=location))

    def _value(self, event: Any, events: Iterator[Any], at: str, depth: int) -> Any:
        if depth > MAX_DEPTH:
            raise _TooDeepError(event.start_mark)
        if self.positions is not None:
            mark = event.start_mark
            self.positions[at] = (mark.line + 1, mark.column + 1)
        if isinstance(event, yaml.AliasEvent):
            fix = "write the value out"
            self._problem("alias", "aliases are not supported", event, fix, f"*{event.anchor}")
            return None
        self._check_decorations(event)
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(events, at, depth + 1)
        return self._mapping(events, at, depth + 1)

    def _sequence(self, events: Iterator[Any], at: str, depth: int) -> list[Any]:
        items: list[Any] = []
        while not isinstance(event := next(events), yaml.SequenceEndEvent):
            where = "" if self.positions is None else f"{at}/{len(items)}"
            items.append(self._value(event, events, where, depth))
        return items

    def _mapping(self, events: Iterator[Any], at: str, depth: int) -> dict[str, Any]:
        mapping: dict[str, Any] = {}
        lines: dict[str, int] = {}
        while not isinstance(event := next(events), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent):
                self._problem("key", "a key must be plain text", event, "write a text key")
                self._value(event, events, at, depth)
                self._value(next(events), events, at, depth)
                continue
            self._check_decorations(event)
            key = event.value
            where = "" if self.positions is None else at + pointer((key,))
            if key in mapping:
                fix = f"the same key is on line {lines[key]}: remove one"
                self._problem(
                    "duplicate-key", "a key must be unique in its mapping", event, fix, key
                )
                self._value(next(events), events, where, depth)
                continue
            if key == "<<" and event.implicit[0]:
                self._problem("merge", "merge keys are not supported", event, "write the keys out")
            value = next(events)
            lines[key] = value.start_mark.line + 1
            mapping[key] = self._value(value, events, where, depth)
        return mapping

    def _scalar(self, event: Any) -> Any:
        text: str = event.value
        if self._has_escapes and SURROGATE.search(text):
            self._problem("unicode", "text must not contain lone surrogates", event, "", show(text))
        if not event.implicit[0]:  # quoted, or a block of text
            return text
        if text in CONSTANTS:
            return CONSTANTS[text]
        if INTEGER.match(text):
            return int(text)
        if not NUMBER.match(text):
            return text
        number = float(text)
        if math.isinf(number):
            self._problem("number", "a number must be finite", event, "write a smaller one", text)
        return number

    def _check_decorations(self, event: Any) -> None:
        """Report an anchor or a tag: YAML allows them, but this project does not support them."""
        if event.anchor is not None:
            self._problem(
                "anchor", "anchors are not supported", event, "remove it", f"&{event.anchor}"
            )
        if event.tag is not None and event.tag != "!":
            self._problem("tag", "tags are not supported", event, "remove it", event.tag)


class _TooDeepError(Exception):
    def __init__(self, mark: Any) -> None:
        super().__init__()
        self.mark = mark


def walk(value: Any, at: tuple[str | int, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Yield each value of a document, with its JSON pointer."""
    yield pointer(at), value
    if isinstance(value, dict):
        for key, member in value.items():
            yield from walk(member, (*at, key))
    elif isinstance(value, list):
        for index, member in enumerate(value):
            yield from walk(member, (*at, index))
