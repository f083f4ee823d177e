"""Read and validate one parameter of a request: in the query, path, a header or a cookie."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from ..document.operation import Parameter, is_json
from ..document.references import at
from ..document.schemas import Schemas
from ..document.schemas.phrases import QUOTE, UNQUOTE
from ..source import json_text
from ..violations import Violation, show
from . import structures
from .conversion import best
from .shapes import Shape, shape_at
from .styles import Pair, StyleError

ABSENT = object()
COMMA = re.compile(r"[ \t]*,[ \t]*")  # between the values of a header (RFC 9110, section 5.6.1)

# Returns the values that a parameter can have in a source: none if it is absent.
Reading = Callable[[Any], list[Any]]


class ParameterReader:
    """Reads one parameter. It is compiled once, when its operation is requested first.

    siblings: the names of the parameters at the same location.
    """

    def __init__(self, schemas: Schemas, parameter: Parameter, siblings: Iterable[str]) -> None:
        self.parameter, self.name, self._schemas = parameter, parameter.name, schemas
        self._shape = shape_at(schemas, parameter.schema_pointer) or Shape(schemas, ())
        self._default = parameter.schema.get("default", ABSENT)
        definition = at(schemas.data, parameter.pointer)
        self._may_be_empty = bool(definition.get("allowEmptyValue"))
        self._reading = _reading(parameter, self._shape, frozenset(siblings) - {parameter.name})

    def value(self, source: Any, problems: list[Violation]) -> Any:
        """Return the value of the parameter; its default, or ABSENT, if the request has none.

        source: the pairs of a query, or of cookies; or the text of a header or of a part of the
        path, which is None if it is absent. Adds each violation to ``problems``.
        """
        try:
            values = self._reading(source)
        except StyleError as error:
            rule = error.rule or self.parameter.location
            problems.append(Violation(rule, str(error), self.name, error.found))
            return ABSENT
        if not values:
            if self.parameter.required:
                message = f"`{self.name}` is required"
                problems.append(Violation(self.parameter.location, message, self.name, "none"))
            return self._default
        if self._may_be_empty and values[0] in ("", [""]):
            return values[0]
        value = values[0] if len(values) == 1 else best(self._shape, values)
        for where in self._shape.roots:
            problems += map(self._named, self._schemas.violations(where, value))
        return value

    def _named(self, violation: Violation) -> Violation:
        """Return a violation of the schema as one of the parameter."""
        rule = violation.rule
        if rule == "type" and not violation.pointer:
            rule = self.parameter.location  # the text does not have the syntax of its type
        return replace(
            violation,
            rule=rule,
            message=f"`{self.name}` {violation.message}",
            pointer=self.name + violation.pointer,
            fix="" if violation.fix in (QUOTE, UNQUOTE) else violation.fix,
        )


def _reading(parameter: Parameter, shape: Shape, siblings: frozenset[str]) -> Reading:
    """Return how to read a parameter. Most are one text in a query, and take a shorter way."""
    in_pairs = parameter.location in ("query", "cookie")
    if parameter.media_type is not None:
        return partial(_content_of_pairs if in_pairs else _content, parameter)
    if not in_pairs:
        return partial(_text, parameter, shape)
    if shape.allows_array or shape.allows_object:
        return partial(structures.from_pairs, parameter, shape, siblings)
    return partial(structures.scalar, parameter, shape)


def _content_of_pairs(parameter: Parameter, pairs: Sequence[Pair]) -> list[Any]:
    texts = [text for key, text in pairs if key == parameter.name]
    return _content(parameter, structures.once(parameter.name, texts)) if texts else []


def _content(parameter: Parameter, text: str | None) -> list[Any]:
    """Return the value of a parameter that is described by a media type."""
    if text is None:
        return []
    structures.readable(parameter.name, text)
    if not is_json(str(parameter.media_type)):
        return [text]
    try:
        return [json_text.parse(text.encode())]
    except json_text.JsonError as error:
        raise StyleError(f"`{parameter.name}` must be JSON: {error}", show(text)) from None


def _text(parameter: Parameter, shape: Shape, text: str | None) -> list[Any]:
    """Return the possible values of a header or of a part of the path."""
    if text is None:
        return []
    if parameter.location == "header" and (shape.allows_array or shape.allows_object):
        text = COMMA.sub(",", text.strip())
    return structures.from_text(parameter, shape, structures.readable(parameter.name, text))
