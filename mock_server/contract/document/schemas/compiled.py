"""The JSON Schemas of the spec, compiled with jsonschema-rs; errors become readable violations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote

import jsonschema_rs

from ...violations import Violation, nearest, parts, pointer, show
from ..references import at, pointer_to, resolve
from .phrases import PHRASES, enum_phrase, missing_fix, type_phrase

DOCUMENT = "urn:contract"
IDENTIFIERS = ("$ref", "$dynamicRef", "$id")  # keywords that need a resolvable URI
MAX_NAMED = 20  # unknown keys in one violation
ALTERNATIVES = ("oneOf", "anyOf")

JSON_TYPES: dict[str, type | tuple[type, ...]] = {  # the first one that fits counts
    "null": type(None),
    "boolean": bool,
    "integer": int,
    "number": float,
    "string": str,
    "array": list,
    "object": dict,
}


class Schemas:
    """Validates values against the schemas of a document. Compiles each schema once."""

    def __init__(self, data: Any) -> None:
        self.data = data
        # The registry takes the document for a schema, so that a stray `$ref` would be one of it.
        members = {name: each for name, each in data.items() if name not in IDENTIFIERS}
        self._registry = jsonschema_rs.Registry([(DOCUMENT, members)])
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
        It may then be the only one that counts: others may accept the value too. If only one of
        several schemas is for values of this type, these are the violations of that schema too.
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
            yield from self._of_type(error, base) or [self._violation(error, base)]
        elif not isinstance(value, dict):
            yield Violation("type", "must be an object", where, show(value))
        else:
            message, fix = enum_phrase(mapping, kind)
            found = show(kind) if name in value else "none"
            yield Violation("enum", message, where + pointer([name]), found, fix)

    def _of_type(self, error: jsonschema_rs.ValidationError, base: str) -> list[Violation]:
        """Return the violations of the only alternative for the type of a value; [] without one."""
        if error.kind.name not in ALTERNATIVES:
            return []
        value, where = error.instance, base + pointer(error.instance_path)
        choices = self._expected(error.schema_path) or ()
        types = [_types(resolve(self.data, each)) for each in choices]
        fitting = [index for index, each in enumerate(types) if not each or _is_of(value, each)]
        if len(fitting) == 1:
            return self.violations(pointer((*error.schema_path, fitting[0])), value, where)
        if fitting:
            return []
        names = list(dict.fromkeys(name for each in types for name in each))
        message, fix = type_phrase(names, value)
        return [Violation("type", message, where, show(value), fix)]

    def _violation(self, error: jsonschema_rs.ValidationError, base: str) -> Violation:
        keyword = error.kind.name
        expected = self._expected(error.schema_path)
        where = base + pointer(error.instance_path)
        if keyword == "required":
            missing = str(error.kind.value)
            present = error.instance if isinstance(error.instance, dict) else {}
            declared = self._expected(error.schema_path[:-1]).get("properties", {})
            fix = missing_fix(missing, [name for name in present if name not in declared])
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


def _types(schema: Any) -> tuple[str, ...]:
    """Return the types of the values that a schema allows; none if it does not say them."""
    if not isinstance(schema, dict):
        return ()
    types = schema.get("type", ())
    values = [schema["const"]] if "const" in schema else schema.get("enum", ())
    listed = (types,) if isinstance(types, str) else tuple(types)
    return listed or tuple(dict.fromkeys(_type_of(value) for value in values))


def _type_of(value: Any) -> str:
    return next(name for name, types in JSON_TYPES.items() if isinstance(value, types))


def _is_of(value: Any, types: Sequence[str]) -> bool:
    own = _type_of(value)
    numbers = {"integer", "number"}
    return own in types or (own in numbers and not numbers.isdisjoint(types))
