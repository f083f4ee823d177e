"""Strict YAML: what stands in the file is what is read, and every value knows its place.

Scalars follow the JSON schema of YAML 1.2 (section 10.2): numbers in JSON's grammar, ``true``,
``false``, ``null``; all else is text, so that ``no``, ``1:30``, a sha or an instant stays what it
is. Duplicate keys, aliases, tags and huge files are refused. Nothing is ever constructed from a
tag.
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

LARGEST_FILE = 8 * 1024 * 1024  # bytes
DEEPEST = 100  # levels of nesting
FIXES = {  # by part of what the parser says
    "mapping values are not allowed": "put a text that has a colon and a blank in it in quotes",
    "cannot start any token": "put it in quotes; indent with blanks, not with tabs",
    "did not find expected": "look above it too: for a quote or a bracket that is left open",
    "special characters are not allowed": "write it as an escape in double quotes",
}
LOADER = getattr(yaml, "CLoader", yaml.Loader)  # only its events are used, never its constructor

WORDS: dict[str, Any] = {"null": None, "": None, "~": None, "true": True, "false": False}
SURROGATE = re.compile("[\ud800-\udfff]")
INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,300})\Z")
NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,300})(\.[0-9]+)?([eE][-+]?[0-9]{1,3})?\Z")


@dataclass(frozen=True)
class Document:
    """A file as data: mappings with text keys, lists, scalars. It can say where things stand."""

    path: Path
    text: str
    data: Any

    @cached_property
    def marks(self) -> dict[str, tuple[int, int]]:
        """Line and column, both from 1, of each value by its JSON pointer."""
        marks: dict[str, tuple[int, int]] = {}
        _Reader(self.path, self.text, marks).read()
        return marks

    def location(self, at: str = "") -> str:
        """``file:line:column`` of a pointer, or of the nearest thing above it that exists."""
        steps = parts(at)
        while pointer(steps) not in self.marks and steps:
            steps.pop()
        line, column = self.marks.get(pointer(steps), (1, 1))
        return f"{self.path}:{line}:{column}"


def read(path: Path) -> Document:
    """The document in a file.

    Raises ContractError with every problem of the file's form.
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
        if size > LARGEST_FILE:
            raise ContractError(
                [
                    Violation(
                        "file-size",
                        f"a file has at most {LARGEST_FILE} bytes",
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
                    "a file is UTF-8 text",
                    found=f"byte {error.object[error.start]:#04x} at offset {error.start}",
                    fix="save it as UTF-8",
                    location=str(path),
                )
            ]
        ) from None


class _Reader:
    """Builds data from parser events: every problem is kept and reading goes on.

    marks: takes the place of each value; there are many, and mostly nobody asks.
    """

    def __init__(
        self, path: Path, text: str, marks: dict[str, tuple[int, int]] | None = None
    ) -> None:
        self.path, self.text, self.marks = path, text, marks
        self.problems: list[Violation] = []
        self._escapes = "\\" in text  # without any, no scalar holds what the file does not

    def read(self) -> Any:
        try:
            loader = LOADER(self.text)
            try:
                return self._documents(iter(loader.get_event, None))
            finally:
                loader.dispose()
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            said = str(error.problem or error.context)
            fix = next((fix for part, fix in FIXES.items() if part in said), "")
            self._problem("yaml", f"not YAML: {said}", mark, fix)
        except yaml.YAMLError as error:
            self._problem("yaml", f"not YAML: {' '.join(str(error).split())}", None, "")
        except _TooDeepError as error:
            self._problem("depth", f"nesting goes at most {DEEPEST} deep", error.mark, "")
        return None

    def _documents(self, events: Iterator[Any]) -> Any:
        data = None
        count = 0
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                count += 1
                if count == 2:
                    self._problem("one-document", "a file holds one document", event, "split it")
            elif isinstance(event, yaml.NodeEvent):
                value = self._value(event, events, "", 0)
                data = value if count == 1 else data
        return data

    def _problem(self, rule: str, message: str, at: Any, fix: str, found: str = "") -> None:
        mark = getattr(at, "start_mark", at)
        place = str(self.path)
        if mark is not None:
            place += f":{mark.line + 1}:{mark.column + 1}"
        self.problems.append(Violation(rule, message, found=found, fix=fix, location=place))

    def _value(self, event: Any, events: Iterator[Any], at: str, depth: int) -> Any:
        if depth > DEEPEST:
            raise _TooDeepError(event.start_mark)
        if self.marks is not None:
            mark = event.start_mark
            self.marks[at] = (mark.line + 1, mark.column + 1)
        if isinstance(event, yaml.AliasEvent):
            fix = "write the value out"
            self._problem("alias", "aliases are not read", event, fix, f"*{event.anchor}")
            return None
        self._decorated(event)
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(events, at, depth + 1)
        return self._mapping(events, at, depth + 1)

    def _sequence(self, events: Iterator[Any], at: str, depth: int) -> list[Any]:
        items: list[Any] = []
        while not isinstance(event := next(events), yaml.SequenceEndEvent):
            where = "" if self.marks is None else f"{at}/{len(items)}"
            items.append(self._value(event, events, where, depth))
        return items

    def _mapping(self, events: Iterator[Any], at: str, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        lines: dict[str, int] = {}
        while not isinstance(event := next(events), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent):
                self._problem("key", "a key is plain text", event, "write a text key")
                self._value(event, events, at, depth)
                self._value(next(events), events, at, depth)
                continue
            self._decorated(event)
            key = event.value
            where = "" if self.marks is None else at + pointer((key,))
            if key in found:
                fix = f"it stands on line {lines[key]} already: remove one"
                self._problem("duplicate-key", "a key stands once in a mapping", event, fix, key)
                self._value(next(events), events, where, depth)
                continue
            if key == "<<" and event.implicit[0]:
                self._problem("merge", "merge keys are not read", event, "write the keys out")
            value = next(events)
            lines[key] = value.start_mark.line + 1
            found[key] = self._value(value, events, where, depth)
        return found

    def _scalar(self, event: Any) -> Any:
        text: str = event.value
        if self._escapes and SURROGATE.search(text):
            self._problem("unicode", "text holds no lone surrogates", event, "", show(text))
        if not event.implicit[0]:  # quoted, or a block of text
            return text
        if text in WORDS:
            return WORDS[text]
        if INTEGER.match(text):
            return int(text)
        if not NUMBER.match(text):
            return text
        number = float(text)
        if math.isinf(number):
            self._problem("number", "a number is finite", event, "write a smaller one", text)
        return number

    def _decorated(self, event: Any) -> None:
        """What YAML allows around a value, and nobody reads."""
        if event.anchor is not None:
            self._problem("anchor", "anchors are not read", event, "remove it", f"&{event.anchor}")
        if event.tag is not None and event.tag != "!":
            self._problem("tag", "tags are not read", event, "remove it", event.tag)


class _TooDeepError(Exception):
    def __init__(self, mark: Any) -> None:
        super().__init__()
        self.mark = mark


def walk(value: Any, at: tuple[str | int, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Everything in a document's data, each with its JSON pointer."""
    yield pointer(at), value
    if isinstance(value, dict):
        for key, member in value.items():
            yield from walk(member, (*at, key))
    elif isinstance(value, list):
        for index, member in enumerate(value):
            yield from walk(member, (*at, index))
