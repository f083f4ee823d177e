"""Builds data from the events of the YAML parser, and collects every problem of the text.

A strict reader follows the JSON schema of YAML 1.2 (section 10.2). A lenient reader follows the
core schema (section 10.3), which has more words for the same constants and more forms of numbers.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from ..violations import Violation, pointer, show
from .stand_ins import StandIns

MAX_DEPTH = 100  # levels of nesting
MAX_ALIASED = 1_000_000  # values that aliases repeat, in one file
FIXES = {  # part of an error message of the parser → how to fix it
    "mapping values are not allowed": "put text that contains a colon and a space in quotes",
    "cannot start any token": "put it in quotes; indent with spaces, not with tabs",
    "did not find expected": "close the quote or bracket that is open above it",
    "special characters are not allowed": "write it as an escape sequence in double quotes",
}
LOADER = getattr(yaml, "CLoader", yaml.Loader)  # only parses events; its constructor is not used

# Rules whose breach leaves no data.
FATAL = {"yaml", "depth", "aliases"}
# Rules of a strict reader that a lenient one does not have: YAML allows these constructs.
YAML_FEATURES = {"alias", "anchor", "merge", "tag"}

CONSTANTS: dict[str, Any] = {"null": None, "": None, "~": None, "true": True, "false": False}
CORE_CONSTANTS: dict[str, Any] = CONSTANTS | {
    "Null": None,
    "NULL": None,
    "True": True,
    "TRUE": True,
    "False": False,
    "FALSE": False,
}
SURROGATE = re.compile("[\ud800-\udfff]")
INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,300})\Z")
NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,300})(\.[0-9]+)?([eE][-+]?[0-9]{1,3})?\Z")
CORE_INTEGER = re.compile(r"[-+]?[0-9]{1,300}\Z|0x[0-9a-fA-F]{1,250}\Z|0o[0-7]{1,300}\Z")
CORE_NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9]{1,300}(\.[0-9]*)?)([eE][-+]?[0-9]{1,3})?\Z")


def positions(path: Path, text: str) -> Mapping[str, tuple[int, int]]:
    """Return line and column, both from 1, of each value of a YAML text by its JSON pointer."""
    positions: dict[str, tuple[int, int]] = {}
    Reader(path, text, positions).read()
    return positions


class Reader:
    """Builds data from parser events, and collects all errors instead of stopping at the first.

    positions: receives line and column of each value. None skips this, because most documents have
    no error to locate.
    lenient: follow the core schema of YAML.
    """

    def __init__(
        self,
        path: Path,
        text: str,
        positions: dict[str, tuple[int, int]] | None = None,
        lenient: bool = False,
    ) -> None:
        self.path, self.positions, self.lenient = path, positions, lenient
        self._stand_ins = StandIns(text)
        self.problems: list[Violation] = []
        self._has_escapes = "\\" in text  # only an escape can create a surrogate
        self._anchors: dict[str, Any] = {}
        self._aliased = 0

    def read(self) -> Any:
        try:
            loader = LOADER(self._stand_ins.text)
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
        except _StopReadingError as error:
            self._problem(error.rule, error.message, error.mark, "")
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
        if self.lenient and rule in YAML_FEATURES:
            return
        mark = getattr(at, "start_mark", at)
        location = str(self.path)
        if mark is not None:
            location += f":{mark.line + 1}:{mark.column + 1}"
        self.problems.append(Violation(rule, message, found=found, fix=fix, location=location))

    def _value(self, event: Any, events: Iterator[Any], at: str, depth: int) -> Any:
        if depth > MAX_DEPTH:
            raise _StopReadingError("depth", TOO_DEEP, event.start_mark)
        if self.positions is not None:
            mark = event.start_mark
            self.positions[at] = (mark.line + 1, mark.column + 1)
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event, depth)
        self._check_decorations(event)
        if isinstance(event, yaml.ScalarEvent):
            value = self._scalar(event)
        elif isinstance(event, yaml.SequenceStartEvent):
            value = self._sequence(events, at, depth + 1)
        else:
            value = self._mapping(events, at, depth + 1)
        if event.anchor is not None:
            self._anchors[event.anchor] = value  # only now: a value does not contain itself
        return value

    def _alias(self, event: Any, depth: int) -> Any:
        """Return a copy of the value that an alias repeats: the data stays a tree."""
        fix = "write the value out"
        self._problem("alias", "aliases are not supported", event, fix, f"*{event.anchor}")
        if not self.lenient:
            return None
        if event.anchor not in self._anchors:
            message = "an alias must repeat a value that is complete before it"
            raise _StopReadingError("aliases", message, event.start_mark)
        return self._copy(self._anchors[event.anchor], event, depth)

    def _copy(self, value: Any, event: Any, depth: int) -> Any:
        self._aliased += 1
        if self._aliased > MAX_ALIASED:
            message = f"aliases must repeat at most {MAX_ALIASED} values"
            raise _StopReadingError("aliases", message, event.start_mark)
        if depth > MAX_DEPTH:
            raise _StopReadingError("depth", TOO_DEEP, event.start_mark)
        if isinstance(value, dict):
            return {key: self._copy(each, event, depth + 1) for key, each in value.items()}
        if isinstance(value, list):
            return [self._copy(each, event, depth + 1) for each in value]
        return value

    def _sequence(self, events: Iterator[Any], at: str, depth: int) -> list[Any]:
        items: list[Any] = []
        while not isinstance(event := next(events), yaml.SequenceEndEvent):
            where = "" if self.positions is None else f"{at}/{len(items)}"
            items.append(self._value(event, events, where, depth))
        return items

    def _mapping(self, events: Iterator[Any], at: str, depth: int) -> dict[str, Any]:
        mapping: dict[str, Any] = {}
        merged: list[Any] = []
        lines: dict[str, int] = {}
        while not isinstance(event := next(events), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent):
                self._problem("key", "a key must be plain text", event, "write a text key")
                self._value(event, events, at, depth)
                self._value(next(events), events, at, depth)
                continue
            self._check_decorations(event)
            key = self._text(event)
            if event.anchor is not None:
                self._anchors[event.anchor] = key
            where = "" if self.positions is None else at + pointer((key,))
            value = next(events)
            if key == "<<" and event.implicit[0]:
                self._problem("merge", "merge keys are not supported", event, "write the keys out")
                merged.append(self._value(value, events, where, depth))
                continue
            if key in mapping:
                fix = f"the same key is on line {lines[key]}: remove one"
                self._problem(
                    "duplicate-key", "a key must be unique in its mapping", event, fix, key
                )
            lines[key] = value.start_mark.line + 1
            mapping[key] = self._value(value, events, where, depth)
        for each in merged:
            self._merge(each, mapping)
        return mapping

    def _merge(self, merged: Any, mapping: dict[str, Any]) -> None:
        """Add the members of a merge key. Members that the mapping has take precedence."""
        for source in merged if isinstance(merged, list) else [merged]:
            if isinstance(source, dict):
                for key, value in source.items():
                    mapping.setdefault(key, value)

    def _scalar(self, event: Any) -> Any:
        text = self._text(event)
        if not event.implicit[0]:  # quoted, or a block of text
            return text
        constants = CORE_CONSTANTS if self.lenient else CONSTANTS
        if text in constants:
            return constants[text]
        if INTEGER.match(text):
            return int(text)
        if self.lenient and CORE_INTEGER.match(text):
            return int(text, 0) if text[:2] in ("0x", "0o") else int(text)
        if not (CORE_NUMBER if self.lenient else NUMBER).match(text):
            return text
        number = float(text)
        if math.isinf(number):
            self._problem("number", "a number must be finite", event, "write a smaller one", text)
            return text
        return number

    def _text(self, event: Any) -> str:
        """Return the text of a scalar, with U+FFFD for each lone surrogate."""
        text = self._stand_ins.restored(event.value, quoted=event.style == '"')
        if self._has_escapes and SURROGATE.search(text):
            self._problem("unicode", "text must not contain lone surrogates", event, "", show(text))
            return SURROGATE.sub("\ufffd", text)
        return text

    def _check_decorations(self, event: Any) -> None:
        """Report an anchor or a tag: YAML allows them, but a strict reader does not."""
        if event.anchor is not None:
            self._problem(
                "anchor", "anchors are not supported", event, "remove it", f"&{event.anchor}"
            )
        if event.tag is not None and event.tag != "!":
            self._problem("tag", "tags are not supported", event, "remove it", event.tag)


TOO_DEEP = f"must have at most {MAX_DEPTH} levels of nesting"


class _StopReadingError(Exception):
    def __init__(self, rule: str, message: str, mark: Any) -> None:
        super().__init__(message)
        self.rule, self.message, self.mark = rule, message, mark
