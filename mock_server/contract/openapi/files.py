"""Reads the files of an OpenAPI document: JSON or YAML, all in the folder of the document."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..source import json_text
from ..source.documents import SourceFile
from ..source.files import text_of
from ..source.yaml_reader import FATAL, MAX_DEPTH, Reader
from ..violations import ContractError, Violation

MAX_SIZE = 32 * 1024 * 1024  # bytes of one file
# Extensions that only this project uses. A document with one of them is the user's own. Others use
# x-action and x-page too, which mean nothing here without these.
OWN_EXTENSIONS = (
    *("x-resource", "x-timeline", "x-statuses", "x-lookup"),
    *("x-invariants", "x-requirements", "x-outside"),
)
OWN = re.compile(
    rf"""(?:^[ \t]*(?:- )?|[{{,]\s*)["']?(?:{"|".join(OWN_EXTENSIONS)})["']?[ \t]*:""", re.MULTILINE
)
OWN_JSON = re.compile(rf'"(?:{"|".join(OWN_EXTENSIONS)})"\s*:')
SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class ParsedFile:
    """A file and its data. own: it contains extensions of this project. problems: what a lenient
    reader tolerates."""

    file: SourceFile
    data: Any
    own: bool
    problems: tuple[Violation, ...] = ()


def parse_file(path: Path) -> ParsedFile:
    """Parse a JSON or YAML file; the content decides which it is.

    Raises ContractError with the syntax errors of the file.
    """
    text = text_of(path, MAX_SIZE)
    if not text.lstrip().startswith(("{", "[")):
        return _parse_yaml(path, text)
    own = _is_own(text, OWN_JSON)
    try:
        data, problems = _parse_json(path, text)
    except _NotJsonError as error:
        try:  # YAML has more than JSON, such as comments and a comma at the end
            return _parse_yaml(path, text)
        except ContractError as not_yaml:
            if path.suffix != ".json":
                raise
            raise ContractError([error.violation]) from not_yaml
    return ParsedFile(SourceFile(path, text, json=True), data, own, problems)


def _is_own(text: str, extension: re.Pattern[str]) -> bool:
    # Most documents contain no such word, and searching for the words is faster.
    return any(word in text for word in OWN_EXTENSIONS) and extension.search(text) is not None


def _parse_yaml(path: Path, text: str) -> ParsedFile:
    own = _is_own(text, OWN)
    reader = Reader(path, text, lenient=not own)
    data = reader.read()
    if (own and reader.problems) or any(each.rule in FATAL for each in reader.problems):
        raise ContractError(reader.problems)
    return ParsedFile(SourceFile(path, text), data, own, tuple(reader.problems))


class _NotJsonError(Exception):
    def __init__(self, violation: Violation) -> None:
        super().__init__(violation.message)
        self.violation = violation


def _parse_json(path: Path, text: str) -> tuple[Any, tuple[Violation, ...]]:
    """Return the data, and the duplicate keys as problems; the last one of equal keys counts."""
    duplicates: list[str] = []

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        result = dict(pairs)
        if len(result) < len(pairs):
            keys = [key for key, _ in pairs]
            duplicates.extend(key for key in result if keys.count(key) > 1)
        return result

    decoder = json.JSONDecoder(
        object_pairs_hook=members,
        parse_constant=json_text.reject_constant,
        parse_float=json_text.finite_number,
        parse_int=json_text.bounded_integer,
        strict=False,  # a line break in a text is clear
    )
    try:
        data = decoder.decode(text)
    except json.JSONDecodeError as error:
        location = f"{path}:{error.lineno}:{error.colno}"
        message = f"not JSON: {error.msg}"
        raise _NotJsonError(Violation("json", message, location=location)) from None
    except json_text.JsonError as error:
        raise _NotJsonError(Violation("json", str(error), location=str(path))) from None
    except RecursionError:
        raise ContractError([_too_deep(path)]) from None
    if json_text.depth(data) > MAX_DEPTH:
        raise ContractError([_too_deep(path)])
    problems = [
        Violation(
            "duplicate-key", "a key must be unique in its mapping", "", key, "remove one", str(path)
        )
        for key in duplicates
    ]
    if json_text.ESCAPED_SURROGATE.search(text):
        data, replaced = _without_surrogates(data)
        if replaced:
            message = "text must not contain lone surrogates"
            problems.append(Violation("unicode", message, location=str(path)))
    return data, tuple(problems)


def _too_deep(path: Path) -> Violation:
    message = f"must have at most {MAX_DEPTH} levels of nesting"
    return Violation("depth", message, location=str(path))


def _without_surrogates(value: Any) -> tuple[Any, bool]:
    """Return a JSON value with U+FFFD for each lone surrogate, and whether there was one."""
    text = json.dumps(value, ensure_ascii=False)
    if SURROGATE.search(text) is None:
        return value, False
    return json.loads(SURROGATE.sub("\ufffd", text)), True
