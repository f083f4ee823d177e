"""Read and validate the body of a request, in each media type that its operation documents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from werkzeug.http import parse_options_header

from ..document.operation import Content, is_json
from ..document.references import at
from ..document.schemas import Schemas
from ..document.schemas.phrases import QUOTE, UNQUOTE
from ..exchange import Request
from ..source import json_text
from ..violations import Violation
from .conversion import converted, decoded, surrogates
from .forms import FormReader
from .shapes import Shape, shape_at

URLENCODED, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"
FORMS = (URLENCODED, MULTIPART)
LONG_BODY = 64 * 1024  # bytes; of a longer body, no violation says where it is
UNKNOWN = "application/octet-stream"  # of a body without Content-Type (RFC 9110, section 8.3)


def documented(contents: Sequence[Content], media_type: str) -> Content | None:
    """Return the documented body for a media type: its own, or that of the narrowest range."""
    for content in contents:
        if content.media_type == media_type:
            return content
    included = [each for each in contents if each.includes(media_type or UNKNOWN)]
    return min(included, key=lambda each: each.media_type.count("*"), default=None)


class BodyReader:
    """Reads the bodies of one documented media type, which may be a range."""

    def __init__(self, schemas: Schemas, content: Content) -> None:
        self._schemas, self.content = schemas, content
        self._shape = shape_at(schemas, content.schema) if content.schema else None
        self._form: FormReader | None = None
        shape = self._shape
        closed = shape is not None and shape.properties and not shape.describes_others
        # None: every key is declared
        self._declared = frozenset(shape.properties) if shape and closed else None

    def value(self, request: Request, media_type: str, problems: list[Violation]) -> Any:
        """Return the parsed body; None for XML and binary data. Adds each violation.

        media_type: that of the request.
        """
        if is_json(media_type):
            return self._json(request.body, problems)
        before = len(problems)
        if media_type in FORMS:
            value = self._fields(request, problems)
        elif media_type.startswith("text/") and self._is_text():
            value = self._text(request, problems)
        else:
            return None
        if len(problems) == before:
            for violation in self._violations(value, len(request.body)):
                in_yaml = violation.fix in (QUOTE, UNQUOTE)
                problems.append(replace(violation, fix="") if in_yaml else violation)
        return value

    def undeclared(self, body: Any) -> tuple[str, ...]:
        """Return the keys of a body that the schema does not declare."""
        if self._declared is None or not isinstance(body, dict) or body.keys() <= self._declared:
            return ()
        return tuple(sorted(body.keys() - self._declared))

    def _violations(self, value: Any, size: int) -> list[Violation]:
        schema = self.content.schema
        if schema is None:
            return []
        return self._schemas.violations(schema, value, details=size <= LONG_BODY)

    def _json(self, body: bytes, problems: list[Violation]) -> Any:
        try:
            value = json_text.parse(body)
        except json_text.JsonError as error:
            problems.append(Violation(error.requirement, f"the body must be JSON: {error}"))
            return None
        problems += self._violations(value, len(body))
        return value

    def _fields(self, request: Request, problems: list[Violation]) -> Any:
        if self._form is None:
            encoding = at(self._schemas.data, self.content.pointer).get("encoding")
            shape = self._shape or Shape(self._schemas, ())
            self._form = FormReader(shape, encoding if isinstance(encoding, dict) else {})
        if request.media_type == URLENCODED:
            return self._form.urlencoded(request.body, problems)
        content_type = request.headers.get("content-type", "")
        return self._form.multipart(content_type, request.body, problems)

    def _is_text(self) -> bool:
        return self._shape is not None and self._shape.allows_scalar and not self._shape.is_binary

    def _text(self, request: Request, problems: list[Violation]) -> Any:
        options = parse_options_header(request.headers.get("content-type"))[1]
        text = decoded(request.body, options.get("charset", ""))
        if self._shape is None:
            return text
        if any(surrogates(text)):
            problems.append(Violation("body", "the body must be text in UTF-8"))
            return None
        return converted(self._shape, text)
