"""Validate values with validators that are not those of the mock."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from jsonschema import FormatChecker
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend
from openapi_schema_validator import (
    OAS30ReadValidator,
    OAS30Validator,
    OAS30WriteValidator,
    OAS31Validator,
)

from .nodes import Node

PATTERN = "pattern"
MESSAGE_LENGTH = 160


def _pattern(_: Any, pattern: str, instance: Any, __: Any) -> Iterator[ValidationError]:
    """Skip a pattern that Python cannot compile: nothing can be concluded from it."""
    try:
        re.compile(pattern)
    except (re.error, TypeError):
        return
    if isinstance(instance, str) and not re.search(pattern, instance):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


def _tolerant(validator: Any) -> Any:
    """Return a validator without the keywords and formats that prove nothing."""
    formats = FormatChecker(())
    checkers = validator.FORMAT_CHECKER.checkers
    formats.checkers = {name: checkers[name] for name in checkers.keys() - UNUSED_FORMATS}
    return extend(validator, {PATTERN: _pattern}, format_checker=formats)  # type: ignore[no-untyped-call]


# The checker of jsonschema for `time` is that of draft 3, which has no time zone.
UNUSED_FORMATS = {"time"}

# The validators of a version. A value is valid if one of them accepts it: whether a response may
# contain a property that is writeOnly is a "should" of the specification.
READ = {
    "3.0": tuple(map(_tolerant, (OAS30ReadValidator, OAS30Validator))),
    "3.1": (_tolerant(OAS31Validator),),
}
WRITE = {"3.0": (_tolerant(OAS30WriteValidator),), "3.1": READ["3.1"]}


def validator_version(root: Node) -> str:
    """Return the version of the validators for a document: Swagger 2.0 has those of 3.0."""
    version = str(root.mapping().get("openapi", ""))
    return "3.0" if version.startswith("3.0") or not version else "3.1"


def first_error(schema: Node, value: Any, validators: Sequence[Any]) -> str:
    """Return why a value is invalid, or an empty text.

    A schema that cannot be applied, such as one with an unknown type, accepts every value.
    """
    message = ""
    for validator in validators:
        checker = validator(
            schema.reference,
            registry=schema.files.registry(),
            format_checker=validator.FORMAT_CHECKER,
        )
        try:
            error = next(checker.iter_errors(value), None)
        except (Exception, RecursionError):  # noqa: BLE001 - the schema is not what it should be
            return ""
        if error is None:
            return ""
        message = message or _message(error)
    return message


def _message(error: ValidationError) -> str:
    for cause in error.context or []:  # of oneOf and anyOf
        return f"{error.json_path}: {error.validator}: {_message(cause)}"[:MESSAGE_LENGTH]
    return f"{error.json_path}: {error.message[-MESSAGE_LENGTH:]}"
