"""The JSON Schemas of the spec, compiled with jsonschema-rs; errors become readable violations."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any
from urllib.parse import quote

import jsonschema_rs

from ..violations import Violation, nearest, parts, pointer, show
from .references import at, pointer_to

DOCUMENT = "urn:contract"
MAX_NAMED = 20  # unknown keys in one violation
ALTERNATIVES = ("oneOf", "anyOf")

TYPE_NAMES = {  # type of JSON Schema → readable text
    "object": "an object",
    "array": "a list",
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
}

# How to fix a value in a YAML file. This does not apply to the JSON of a response.
QUOTE, UNQUOTE = "put it in quotes", "write true or false, without quotes"

Phrase = tuple[str, str]  # the requirement, and how to fix a breach


class Schemas:
    """Validates values against the schemas of a document. Compiles each schema once."""

    def __init__(self, data: Any) -> None:
        self.data = data
        self._registry = jsonschema_rs.Registry([(DOCUMENT, data)])
        self._compiled: dict[str, jsonschema_rs.Draft202012Validator] = {}

    def validator(self, where: str) -> jsonschema_rs.Draft202012Validator:
        """Return the compiled schema at a pointer. It asserts formats and fetches nothing."""
        if where not in self._compiled:
            self._compiled[where] = jsonschema_rs.Draft202012Validator(
                {"$ref": f"{DOCUMENT}#{quote(where)}"},
                registry=self._registry,
                validate_formats=True,
                offline=True,
            )
        return self._compiled[where]

    def violations(
        self, where: str, value: Any, base: str = "", details: bool = True
    ) -> list[Violation]:
        """Validate a value with the schema at a pointer.

        base: the JSON pointer of the value in its document. details: without them, an invalid value
        has one violation that does not say where, because to find the errors in a long value takes
        seconds.
        """
        validator = self.validator(where)
        if validator.is_valid(value):
            return []
        if not details:
            message = "must match its schema; the body is too long to say where it does not"
            return [Violation("schema", message, base)]
        errors = validator.iter_errors(value)
        return [each for error in errors for each in self._violations(error, base)]

    def _violations(self, error: jsonschema_rs.ValidationError, base: str) -> Iterator[Violation]:
        """Yield the violations of an error.

        If a discriminator selects one of several schemas, these are the violations of that schema.
        It may then be the only one that counts: others may accept the value too.
        """
        schema = self._expected(error.schema_path[:-1])
        choice = schema.get("discriminator", {}) if isinstance(schema, dict) else {}
        mapping, value = choice.get("mapping"), error.instance
        where, name = base + pointer(error.instance_path), str(choice.get("propertyName"))
        kind = value.get(name) if isinstance(value, dict) else None
        selected = _selected(schema, kind) if choice else None
        if selected is not None:
            violations = self.violations(pointer_to(selected), value, where)
            accepted = not violations and error.kind.name in ALTERNATIVES
            yield from violations or ([] if accepted else [self._violation(error, base)])
        elif not mapping:
            yield self._violation(error, base)
        elif not isinstance(value, dict):
            yield Violation("type", "must be an object", where, show(value))
        else:
            message, fix = _enum(mapping, kind)
            found = show(kind) if name in value else "none"
            yield Violation("enum", message, where + pointer([name]), found, fix)

    def _violation(self, error: jsonschema_rs.ValidationError, base: str) -> Violation:
        keyword = error.kind.name
        expected = self._expected(error.schema_path)
        where = base + pointer(error.instance_path)
        if keyword == "required":
            missing = str(error.kind.value)
            present = error.instance if isinstance(error.instance, dict) else {}
            declared = self._expected(error.schema_path[:-1]).get("properties", {})
            fix = _missing_fix(missing, [name for name in present if name not in declared])
            return Violation(keyword, f"{missing} is required", where, "none", fix)
        if keyword == "additionalProperties" and hasattr(error.kind, "unexpected"):
            declared = self._expected(error.schema_path[:-1]).get("properties", {})
            unknown = [str(name) for name in error.kind.unexpected]
            where += pointer([unknown[0]])
            more = f" and {len(unknown) - MAX_NAMED} more" if len(unknown) > MAX_NAMED else ""
            found, fix = ", ".join(unknown[:MAX_NAMED]) + more, nearest(unknown[0], declared)
            return Violation(keyword, f"must be one of {', '.join(declared)}", where, found, fix)
        phrase = PHRASES.get(keyword)
        message, fix = phrase(expected, error.instance) if phrase else (error.message, "")
        return Violation(keyword, message, where, show(error.instance), fix)

    def _expected(self, path: Sequence[str | int]) -> Any:
        try:
            return at(self.data, pointer(path))
        except (LookupError, ValueError, TypeError):
            return None


def _selected(schema: dict[str, Any], kind: Any) -> str | None:
    """Return the reference that a discriminator selects: by its mapping, else by the name of one
    of the alternatives."""
    mapping = schema["discriminator"].get("mapping", {})
    if not isinstance(kind, str):
        return None
    references = [
        alternative["$ref"]
        for keyword in ALTERNATIVES
        for alternative in schema.get(keyword, ())
        if isinstance(alternative, dict) and "$ref" in alternative
    ]
    names = {parts(pointer_to(reference))[-1]: reference for reference in references}
    selected: str | None = mapping.get(kind, names.get(kind))
    return selected


def _missing_fix(missing: str, undeclared: Sequence[str]) -> str:
    fix = nearest(missing, undeclared)
    if not fix.startswith("did"):
        return f"add {missing}"
    similar = fix.removeprefix("did you mean ").removesuffix("?")
    return f"rename {similar} to {missing}"


def _type(expected: Any, found: Any) -> Phrase:
    names = expected if isinstance(expected, list) else [expected]
    message = "must be " + " or ".join(TYPE_NAMES.get(str(name), str(name)) for name in names)
    if "boolean" in names and isinstance(found, str):
        return message, UNQUOTE
    if "string" in names and isinstance(found, int | float) and not isinstance(found, bool):
        return message, QUOTE
    return message, ""


def _enum(expected: Any, found: Any) -> Phrase:
    words = [str(word) for word in expected or ()]
    fix = nearest(found, words) if isinstance(found, str) else ""
    return "must be one of " + ", ".join(words), fix if fix.startswith("did") else ""


def _alternatives(expected: Any, _found: Any) -> Phrase:
    return "must have one of: " + "; ".join(_branches(expected or ())), ""


def _exactly_one(expected: Any, _found: Any) -> Phrase:
    return "must have exactly one of: " + "; ".join(_branches(expected or ())), ""


def _branches(schemas: Any) -> Iterator[str]:
    for schema in schemas:
        constants = schema.get("properties", {})
        yield " and ".join(
            f"{name}: {show(constants[name]['const'])}"
            if "const" in constants.get(name, {})
            else name
            for name in schema.get("required", ())
        ) or show(schema)


def _count(number: Any, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")


def _article(name: str) -> str:
    """Return the article before the name of a format: ``an email``, but ``a uri``."""
    return "an" if name[:1] in "aeio" else "a"


PHRASES: dict[str, Callable[[Any, Any], Phrase]] = {
    "type": _type,
    "enum": _enum,
    "const": lambda expected, _: (f"must be {show(expected)}", ""),
    "minimum": lambda expected, _: (f"must be at least {show(expected)}", ""),
    "maximum": lambda expected, _: (f"must be at most {show(expected)}", ""),
    "exclusiveMinimum": lambda expected, _: (f"must be more than {show(expected)}", ""),
    "minLength": lambda _, __: ("must not be empty", ""),
    "minItems": lambda expected, _: (f"must have at least {_count(expected, 'item')}", ""),
    "maxItems": lambda expected, _: (f"must have at most {_count(expected, 'item')}", ""),
    "minProperties": lambda expected, _: (f"must have at least {_count(expected, 'key')}", ""),
    "uniqueItems": lambda _, __: ("must have unique items", ""),
    "pattern": lambda expected, _: (f"must match {expected}", ""),
    "format": lambda expected, _: (
        ("must be a timestamp with Z or an offset (RFC 3339)", "like 2025-06-04T12:00:00.000Z")
        if expected == "date-time"
        else (f"must be {_article(expected)} {expected}", "")
    ),
    "anyOf": _alternatives,
    "oneOf": _exactly_one,
}
