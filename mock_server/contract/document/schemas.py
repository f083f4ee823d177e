"""The spec's JSON Schemas, compiled by jsonschema-rs, with problems told in words for people."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any
from urllib.parse import quote

import jsonschema_rs

from ..violations import Violation, nearest, pointer, show
from .spec import at

DOCUMENT = "urn:contract"

KINDS = {  # the types of JSON Schema, as one says them
    "object": "an object",
    "array": "a list",
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
}

Phrase = tuple[str, str]  # what should be so, and what cures it


class Schemas:
    """Validators by the JSON pointer of their schema in the spec, each compiled once."""

    def __init__(self, data: Any) -> None:
        self.data = data
        self._registry = jsonschema_rs.Registry([(DOCUMENT, data)])
        self._compiled: dict[str, jsonschema_rs.Draft202012Validator] = {}

    def validator(self, where: str) -> jsonschema_rs.Draft202012Validator:
        """The compiled schema at a pointer; formats are asserted, nothing is fetched."""
        if where not in self._compiled:
            self._compiled[where] = jsonschema_rs.Draft202012Validator(
                {"$ref": f"{DOCUMENT}#{quote(where)}"},
                registry=self._registry,
                validate_formats=True,
                offline=True,
            )
        return self._compiled[where]

    def violations(self, where: str, value: Any, base: str = "") -> list[Violation]:
        """What the schema at a pointer finds wrong with a value, at ``base`` in its document."""
        validator = self.validator(where)
        if validator.is_valid(value):
            return []
        return [each for error in validator.iter_errors(value) for each in self._told(error, base)]

    def _told(self, error: jsonschema_rs.ValidationError, base: str) -> Iterator[Violation]:
        """The violations of an error: where a discriminator says which of several schemas is meant,
        those of that one; else the one that the error is."""
        schema = self._expected(error.schema_path[:-1])
        choice = schema.get("discriminator", {}) if isinstance(schema, dict) else {}
        mapping, place, value = choice.get("mapping"), pointer(error.instance_path), error.instance
        name = str(choice.get("propertyName"))
        word = value.get(name) if isinstance(value, dict) else None
        if not mapping:
            yield self._violation(error, base)
        elif not isinstance(value, dict):
            yield Violation("type", "is an object", base + place, show(value))
        elif isinstance(word, str) and word in mapping:
            chosen = self.violations(mapping[word].removeprefix("#"), value, base + place)
            yield from chosen or [self._violation(error, base)]
        else:
            message, fix = _enum(mapping, word)
            found = show(word) if name in value else "none"
            yield Violation("enum", message, base + place + pointer([name]), found, fix)

    def _violation(self, error: jsonschema_rs.ValidationError, base: str) -> Violation:
        keyword = error.kind.name
        expected = self._expected(error.schema_path)
        place = base + pointer(error.instance_path)
        if keyword == "required":
            missing = str(error.kind.value)
            present = error.instance if isinstance(error.instance, dict) else {}
            known = self._expected(error.schema_path[:-1]).get("properties", {})
            fix = _misspelt(missing, [name for name in present if name not in known])
            return Violation(keyword, f"{missing} is required", place, "none", fix)
        if keyword == "additionalProperties" and hasattr(error.kind, "unexpected"):
            known = self._expected(error.schema_path[:-1]).get("properties", {})
            unknown = [str(name) for name in error.kind.unexpected]
            place += pointer([unknown[0]])
            found, fix = ", ".join(unknown), nearest(unknown[0], known)
            return Violation(keyword, f"is one of {', '.join(known)}", place, found, fix)
        phrase = PHRASES.get(keyword)
        message, fix = phrase(expected, error.instance) if phrase else (error.message, "")
        return Violation(keyword, message, place, show(error.instance), fix)

    def _expected(self, path: Sequence[str | int]) -> Any:
        try:
            return at(self.data, pointer(path))
        except (LookupError, ValueError, TypeError):
            return None


def _misspelt(missing: str, unknown: Sequence[str]) -> str:
    fix = nearest(missing, unknown)
    return fix.replace("did you mean", "is it") if fix.startswith("did") else f"add {missing}"


def _type(expected: Any, found: Any) -> Phrase:
    names = expected if isinstance(expected, list) else [expected]
    message = "is " + " or ".join(KINDS.get(str(name), str(name)) for name in names)
    if "boolean" in names and isinstance(found, str):
        return message, "write true or false, without quotes"
    if "string" in names and isinstance(found, int | float) and not isinstance(found, bool):
        return message, "put it in quotes"
    return message, ""


def _enum(expected: Any, found: Any) -> Phrase:
    words = [str(word) for word in expected or ()]
    near = nearest(found, words) if isinstance(found, str) else ""
    return "is one of " + ", ".join(words), near if near.startswith("did") else ""


def _alternatives(expected: Any, _found: Any) -> Phrase:
    return "needs one of: " + "; ".join(_branches(expected or ())), ""


def _exactly_one(expected: Any, _found: Any) -> Phrase:
    return "needs exactly one of: " + "; ".join(_branches(expected or ())), ""


def _branches(schemas: Any) -> Iterator[str]:
    for schema in schemas:
        constants = schema.get("properties", {})
        yield " and ".join(
            f"{name}: {show(constants[name]['const'])}"
            if "const" in constants.get(name, {})
            else name
            for name in schema.get("required", ())
        ) or show(schema)


def _count(number: Any, what: str) -> str:
    return f"{number} {what}" + ("" if number == 1 else "s")


PHRASES: dict[str, Callable[[Any, Any], Phrase]] = {
    "type": _type,
    "enum": _enum,
    "const": lambda expected, _: (f"is {show(expected)}", ""),
    "minimum": lambda expected, _: (f"is at least {show(expected)}", ""),
    "maximum": lambda expected, _: (f"is at most {show(expected)}", ""),
    "exclusiveMinimum": lambda expected, _: (f"is more than {show(expected)}", ""),
    "minLength": lambda _, __: ("is not empty", ""),
    "minItems": lambda expected, _: (f"has at least {_count(expected, 'item')}", ""),
    "maxItems": lambda expected, _: (f"has at most {_count(expected, 'item')}", ""),
    "minProperties": lambda expected, _: (f"has at least {_count(expected, 'key')}", ""),
    "uniqueItems": lambda _, __: ("has each item once", ""),
    "pattern": lambda expected, _: (f"matches {expected}", ""),
    "format": lambda expected, _: (
        ("is an instant with Z or an offset (RFC 3339)", "like 2025-06-04T12:00:00.000Z")
        if expected == "date-time"
        else (f"is a {expected}", "")
    ),
    "anyOf": _alternatives,
    "oneOf": _exactly_one,
}
