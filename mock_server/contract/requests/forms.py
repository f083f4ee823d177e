"""Forms: bodies of the media types application/x-www-form-urlencoded and multipart/form-data.

Both contain fields. The schema of the body decides which types they have; ``encoding`` decides how
they are written (OpenAPI 3.1, section 4.8.15).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl

from ..document.operation import Parameter, is_json, is_within
from ..exchange import media_type
from ..source import json_text
from ..violations import Violation, pointer
from . import structures
from .conversion import Parsed, best, decoded
from .multipart import MultipartError, Part, parts
from .shapes import Shape
from .styles import StyleError, printable

MAX_FIELDS = 1000
UNKNOWN = ("", "application/octet-stream")  # media types of a part whose client does not know it

Written = tuple[str, Any]  # the name of a field, and its text or Parsed


@dataclass(frozen=True)
class FormField:
    """A declared field.

    parameter: the query parameter that is written as the field is; styled: whether ``encoding`` has
    a style. Without one, arrays are repeated, and objects are JSON or written as ``name[key]``.
    media_types: those of ``encoding``; empty for any.
    siblings: the other declared fields.
    """

    shape: Shape
    parameter: Parameter
    styled: bool
    media_types: tuple[str, ...]
    siblings: frozenset[str]

    @cached_property
    def is_spread(self) -> bool:
        """Whether the members of an object are separate fields."""
        exploded_form = self.parameter.style == "form" and self.parameter.explode
        return exploded_form and self.shape.allows_object

    @cached_property
    def is_binary(self) -> bool:
        """Whether the field is a file, or several."""
        return self.shape.is_binary or self.shape.item(0).is_binary

    @cached_property
    def is_json(self) -> bool:
        """Whether a text of the field is JSON."""
        return not self.styled and any(map(is_json, self.media_types))


class FormReader:
    """Reads the forms of one media type. encoding: that of its media type object."""

    def __init__(self, shape: Shape, encoding: Mapping[str, Any]) -> None:
        self._shape = shape
        names = frozenset(shape.properties)
        self._fields = {
            name: _field(name, shape.member(name), encoding.get(name), names - {name})
            for name in shape.properties
        }
        self._spread = frozenset(
            name
            for field in self._fields.values()
            if field.is_spread
            for name in field.shape.properties
        )

    def urlencoded(self, body: bytes, problems: list[Violation]) -> dict[str, Any]:
        """Return the fields of a body. Adds each violation to ``problems``."""
        text = body.decode("utf-8", "surrogateescape")
        try:
            pairs = parse_qsl(
                text, keep_blank_values=True, errors="surrogateescape", max_num_fields=MAX_FIELDS
            )
        except ValueError:
            problems.append(Violation("body", f"a form must have at most {MAX_FIELDS} fields"))
            return {}
        written: list[Written] = []
        for name, value in pairs:
            field = self._fields.get(name)
            if field is not None and field.is_json:
                parsed = _parsed(name, value.encode("utf-8", "surrogateescape"), problems)
                written.append((name, parsed))
            else:
                written.append((name, value))
        return self._values(written, problems)

    def multipart(
        self, content_type: str, body: bytes, problems: list[Violation]
    ) -> dict[str, Any]:
        """Return the fields of a body; files are texts with one character per byte."""
        try:
            listed = parts(content_type, body)
        except MultipartError as error:
            problems.append(Violation("body", f"the body must be a multipart form: {error}"))
            return {}
        return self._values([self._written(part, problems) for part in listed], problems)

    def _written(self, part: Part, problems: list[Violation]) -> Written:
        field = self._fields.get(part.name)
        if field is None:
            return part.name, _text(part)
        if not _is_allowed(field, part):
            message = f"must be {' or '.join(field.media_types)}"
            where = pointer((part.name,))
            problems.append(Violation("media-type", message, where, part.media_type))
        if field.is_binary:
            return part.name, part.content.decode("latin-1")
        in_json = is_json(part.media_type) or (not part.media_type and field.is_json)
        a_file = part.is_file and field.shape.allows_scalar
        if in_json and not a_file and not field.styled:
            return part.name, _parsed(part.name, part.content, problems)
        return part.name, _text(part)

    def _values(self, written: Sequence[Written], problems: list[Violation]) -> dict[str, Any]:
        """Return the values of the fields. Names such as ``name[key]`` belong to a field."""
        own: dict[str, list[Written]] = {}
        for each in written:
            name = each[0]
            field_name = name if name in self._fields else name.partition("[")[0]
            own.setdefault(field_name if field_name in self._fields else name, []).append(each)
        values: dict[str, Any] = {}
        for name, field in self._fields.items():
            source = written if field.is_spread else own.get(name, ())
            try:
                possible = structures.from_pairs(
                    field.parameter, field.shape, field.siblings, source
                )
            except StyleError as error:
                problems.append(_violation(name, error))
                continue
            if possible:
                values[name] = best(field.shape, possible)
        for name in own.keys() - self._fields.keys() - self._spread:
            try:
                texts = [text for _, text in own[name]]
                values[name] = structures.of_name(self._shape, name, texts)
                structures.readable(name, name)
            except StyleError as error:
                problems.append(_violation(name, error))
        return values


def _field(name: str, shape: Shape, encoding: Any, siblings: frozenset[str]) -> FormField:
    encoding = encoding if isinstance(encoding, dict) else {}
    styled = "style" in encoding or "explode" in encoding
    style = encoding.get("style", "form" if styled else "deepObject")
    explode = bool(encoding.get("explode", style == "form"))
    parameter = Parameter(name, "query", "", "", {}, False, style, explode)
    listed = str(encoding.get("contentType", "")).split(",")
    media_types = tuple(media_type(each) for each in listed if each.strip())
    return FormField(shape, parameter, styled, media_types, siblings)


def _is_allowed(field: FormField, part: Part) -> bool:
    """Return whether a part has a media type that the document describes."""
    if not field.media_types or part.media_type in UNKNOWN:
        return True
    return any(is_within(part.media_type, each) for each in field.media_types)


def _parsed(name: str, text: bytes, problems: list[Violation]) -> Parsed:
    try:
        return Parsed(json_text.parse(text))
    except json_text.JsonError as error:
        message = f"`{name}` must be JSON: {error}"
        problems.append(Violation(error.requirement, message, pointer((name,))))
        return Parsed(None)


def _text(part: Part) -> str:
    return decoded(part.content, "latin1" if part.is_file else part.charset)


def _violation(name: str, error: StyleError) -> Violation:
    return Violation(error.rule or "body", str(error), pointer((printable(name),)), error.found)
