"""Repairs one schema, so that it is valid JSON Schema 2020-12, and adds the schemas in it."""

from __future__ import annotations

from typing import Any

from ...violations import nearest, pointer, show
from ..report import Where, steps
from ..structure import Structure, Visit
from .keywords import (
    BOOLEANS,
    IDENTIFIERS,
    KEYWORDS,
    LISTS,
    MAPS,
    OTHER_TYPES,
    REMOVED,
    SINGLE,
    TYPES,
    text,
)
from .patterns import compilable

# Keywords that OpenAPI 3.0 ignores beside a $ref, but JSON Schema 2020-12 does not.
ANNOTATIONS = {
    *("title", "description", "default", "deprecated", "readOnly", "writeOnly", "example"),
    *("examples", "nullable", "$ref", "externalDocs", "xml"),
}
IN_PLACE = ("$ref", "allOf", "anyOf", "oneOf")


def visit_schema(structure: Structure, visit: Visit) -> None:
    """Repair the keywords of a schema."""
    schema, where, file, report = visit.value, visit.where, visit.file, structure.report
    if not IDENTIFIERS.isdisjoint(schema):
        structure.folder.declare(schema, where, file)
        for key in IDENTIFIERS & schema.keys():
            del schema[key]
    _other_versions(structure, visit)
    for key in list(schema):
        value = schema[key]
        if key in SINGLE:
            schema[key] = _subschema(structure, value, key, (where, key), file)
        elif key in LISTS:
            _schemas_in_list(structure, schema, key, visit)
        elif key in MAPS:
            _schemas_by_name(structure, schema, key, visit)
        elif (keyword := KEYWORDS.get(key)) is not None:
            repaired = keyword.repair(value)
            if repaired is value:
                continue
            if repaired is REMOVED:
                del schema[key]
            else:
                schema[key] = repaired
            if key != "pattern" or repaired is REMOVED:
                rule = "pattern" if key == "pattern" else "openapi"
                fix = nearest(value, TYPES) if key == "type" and isinstance(value, str) else ""
                report.note(rule, (where, key), keyword.requirement, show(value), fix)
                if key == "type":
                    _format_of_type(schema, value)
    structure.add_example(schema, "example", where, file)
    if "$ref" in schema:
        structure.refer(schema, "$ref", "schema", where, file)
    if "discriminator" in schema:
        _discriminator(structure, visit)
    if "enum" in schema:
        _enum(structure, visit)


def _subschema(structure: Structure, value: Any, key: str, where: Where, file: str) -> Any:
    """Return a schema that a keyword contains, and add it to the visits."""
    if isinstance(value, str) and value.lower() in ("true", "false"):
        structure.report.note(
            "openapi", where, "must be a schema", show(value), "remove the quotes"
        )
        value = value.lower() == "true"
    if isinstance(value, bool):
        if key in BOOLEANS:
            return value
        return {} if value else {"not": {}}
    if not isinstance(value, dict):
        structure.report.note("openapi", where, "must be a schema", show(value))
        return {}
    structure.add(value, "schema", where, file)
    return value


def _schemas_in_list(structure: Structure, schema: dict[str, Any], key: str, visit: Visit) -> None:
    value, where = schema[key], (visit.where, key)
    if not isinstance(value, list) or not value:
        structure.report.note("openapi", where, "must be a list of schemas", show(value))
        value = [value] if isinstance(value, dict) and value else []
        if not value:
            del schema[key]
            return
        schema[key] = value
    for index, item in enumerate(value):
        value[index] = _subschema(structure, item, key, (where, index), visit.file)


def _schemas_by_name(structure: Structure, schema: dict[str, Any], key: str, visit: Visit) -> None:
    value, where, report = schema[key], (visit.where, key), structure.report
    if not isinstance(value, dict):
        report.note("openapi", where, "must be a mapping of schemas", show(value))
        del schema[key]
        return
    for name in list(value):
        at = (where, name)
        if key == "patternProperties" and compilable(name) != name:
            report.note("pattern", at, KEYWORDS["pattern"].requirement, name)
            del value[name]
            continue
        value[name] = _subschema(structure, value[name], key, at, visit.file)


def _other_versions(structure: Structure, visit: Visit) -> None:
    """Convert the keywords of OpenAPI 3.0 and of earlier drafts of JSON Schema."""
    schema, where, report = visit.value, visit.where, structure.report
    old = structure.version in ("2.0", "3.0")
    if old and "x-nullable" in schema:
        schema.setdefault("nullable", schema["x-nullable"])
    if "nullable" in schema:
        _nullable(structure, visit)
    if old and "$ref" in schema:
        for key in [key for key in schema if key not in ANNOTATIONS and not key.startswith("x-")]:
            del schema[key]
    for exclusive, bound in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if isinstance(schema.get(exclusive), bool):
            if not old:
                message = "must be a number since OpenAPI 3.1"
                report.note("openapi", (where, exclusive), message, show(schema[exclusive]))
            if schema.pop(exclusive) and bound in schema:
                schema[exclusive] = schema.pop(bound)
    if isinstance(schema.get("items"), list):
        message = "must be one schema; prefixItems may be a list"
        report.note("openapi", (where, "items"), message)
        schema["prefixItems"] = schema.pop("items")
        if "additionalItems" in schema:
            schema["items"] = schema["additionalItems"]
    schema.pop("additionalItems", None)
    if "$dynamicRef" in schema:
        schema.setdefault("$ref", schema.pop("$dynamicRef"))
    if "$recursiveRef" in schema:
        del schema["$recursiveRef"]
        named = steps(where)[:3]
        if named[:2] == ("components", "schemas"):
            schema.setdefault("$ref", "#" + pointer(named))
    if "dependencies" in schema:
        dependencies = schema.pop("dependencies")
        for name, each in dependencies.items() if isinstance(dependencies, dict) else ():
            key = "dependentRequired" if isinstance(each, list) else "dependentSchemas"
            if isinstance(schema.setdefault(key, {}), dict):
                schema[key].setdefault(name, each)


def _nullable(structure: Structure, visit: Visit) -> None:
    schema = visit.value
    if structure.version not in ("2.0", "3.0"):
        message = "has no effect since OpenAPI 3.1: add null to the list of types"
        structure.report.remark("openapi", (visit.where, "nullable"), message)
        del schema["nullable"]
        return
    if str(schema.pop("nullable")).lower() != "true":
        return
    if any(key in schema for key in IN_PLACE):
        structure.nullables.append(visit)
    elif isinstance(schema.get("type"), str):
        schema["type"] = [schema["type"], "null"]


def _format_of_type(schema: dict[str, Any], value: Any) -> None:
    """Add the format that a word such as ``datetime`` implies."""
    implied = OTHER_TYPES.get(str(value).lower(), ("", None))[1]
    if implied:
        schema.setdefault("format", implied)


def _discriminator(structure: Structure, visit: Visit) -> None:
    schema, at, report = visit.value, (visit.where, "discriminator"), structure.report
    value = schema["discriminator"]
    if isinstance(value, str):
        value = schema["discriminator"] = {"propertyName": value}
        if structure.version != "2.0":
            report.note("openapi", at, "a discriminator must be a mapping with propertyName")
    if not isinstance(value, dict) or not isinstance(value.get("propertyName"), str):
        report.note(
            "openapi", at, "a discriminator must be a mapping with propertyName", show(value)
        )
        del schema["discriminator"]
        return
    if "mapping" not in value:
        return
    mapping = value["mapping"]
    if not isinstance(mapping, dict):
        report.note("openapi", (at, "mapping"), "must be a mapping", show(mapping))
        del value["mapping"]
        return
    data = structure.folder.files[visit.file].data
    components = data.get("components") if isinstance(data, dict) else None
    schemas = components.get("schemas") if isinstance(components, dict) else None
    for name, target in list(mapping.items()):
        if isinstance(schemas, dict) and isinstance(target, str) and target in schemas:
            escaped = target.replace("~", "~0").replace("/", "~1")
            mapping[name] = f"#/components/schemas/{escaped}"
        structure.refer(mapping, name, "schema", (at, "mapping"), visit.file)


def _enum(structure: Structure, visit: Visit) -> None:
    """Convert the values of an enum to text if the type is text and no value fits.

    YAML reads ``yes``, ``1`` or ``1.0`` without quotes as another type.
    """
    schema, value = visit.value, visit.value["enum"]
    kind = schema.get("type")
    kinds = [each for each in (kind if isinstance(kind, list) else [kind]) if each != "null"]
    if kinds != ["string"] or any(isinstance(each, str) for each in value):
        return
    converted = [each if each is None else text(each) for each in value]
    if REMOVED not in converted and any(each is not None for each in value):
        message = "the values of the enum must be text, as its type is"
        structure.report.note("openapi", (visit.where, "enum"), message, show(value))
        schema["enum"] = converted
