"""Checks that a spec is valid: its references, then OpenAPI, then the extensions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import jsonschema_rs

from ..source.problems import Problems
from ..source.yaml_documents import Document, walk
from ..violations import nearest, pointer
from .agreement import check_extensions
from .extensions import form_violations
from .references import at, resolve
from .schemas import Schemas
from .spec import METHODS

MAX_MESSAGE = 300  # characters of an error message of a library
UNKNOWN = re.compile(r"\('([^']+)' was unexpected\)")
FIELDS = (  # fields of OpenAPI objects, to suggest the correct spelling
    *("info", "servers", "paths", "webhooks", "components", "security", "tags", *METHODS),
    *("summary", "description", "parameters", "operationId", "requestBody", "responses"),
    *("callbacks", "deprecated", "schemas", "headers", "examples", "links", "securitySchemes"),
    *("content", "schema", "example", "required", "schemes"),
)
TYPES = ("string", "number", "integer", "boolean", "object", "array", "null")
META_SCHEMA = "https://json-schema.org/draft/2020-12/schema"  # an identifier; it is never fetched


def check(document: Document) -> None:
    """Check that a document is valid OpenAPI 3.1.

    Raises ContractError with all violations: of the references, or if these are valid, of OpenAPI.
    """
    problems = Problems(document)
    if not isinstance(document.data, dict):
        problems.add("openapi", "", "must be a mapping")
    for check_part in (_references, _openapi, _operation_ids, _names, _examples):
        problems.stop_if_any()
        check_part(document, problems)
    problems.stop_if_any()


def check_contract(document: Document) -> None:
    """Check that a document is valid OpenAPI 3.1 with valid extensions of this project.

    Raises ContractError with all violations of the first step that fails.
    """
    check(document)
    problems = Problems(document)
    problems.violations += form_violations(document)
    problems.stop_if_any()
    check_extensions(document, problems)
    problems.stop_if_any()


def _references(document: Document, problems: Problems) -> None:
    """Check that every ``$ref`` points into the same file: no other file is read or fetched."""
    for where, value in walk(document.data):
        target = value.get("$ref") if isinstance(value, dict) else None
        if target is None or where.endswith("/properties"):
            continue
        if not isinstance(target, str) or not target.startswith("#/"):
            fix = "copy the target to components and refer to it with #/…"
            problems.add("ref", where + "/$ref", "a $ref must stay in this file", str(target), fix)
            continue
        try:
            at(document.data, target.removeprefix("#"))
        except (LookupError, ValueError, TypeError):
            problems.add("ref", where + "/$ref", "a $ref must point to an existing value", target)
    if not problems.violations:
        for where, value in walk(document.data):
            if isinstance(value, dict) and isinstance(value.get("$ref"), str):
                _check_cycle(document.data, where, value["$ref"], problems)


def _check_cycle(data: Any, where: str, target: str, problems: Problems) -> None:
    visited = {target}
    value = at(data, target.removeprefix("#"))
    while isinstance(value, dict) and isinstance(value.get("$ref"), str):
        if value["$ref"] in visited:
            message, fix = "a $ref must not refer to itself", "break the cycle"
            problems.add("ref", where + "/$ref", message, target, fix)
            return
        visited.add(value["$ref"])
        value = at(data, value["$ref"].removeprefix("#"))


def _openapi(document: Document, problems: Problems) -> None:
    from openapi_spec_validator import OpenAPIV31SpecValidator

    version = str(document.data.get("openapi", ""))
    if not version.startswith("3.1."):
        problems.add("openapi", "/openapi", "must be OpenAPI 3.1", version, "write 3.1.0")
        return
    _schemas(document, problems)
    problems.stop_if_any()
    for error in OpenAPIV31SpecValidator(document.data).iter_errors():
        where = pointer(list(getattr(error, "absolute_path", ())))
        message = str(getattr(error, "message", error)).splitlines()[0][:MAX_MESSAGE]
        unknown = UNKNOWN.search(message)
        if unknown is None:
            problems.add("openapi", where, message)
        else:
            where, fix = where + pointer([unknown[1]]), nearest(unknown[1], FIELDS)
            problems.add("openapi", where, "unknown field", unknown[1], fix)


def _schemas(document: Document, problems: Problems) -> None:
    """Check that every schema is valid JSON Schema 2020-12.

    The validator of OpenAPI also checks this, but it does not report the location.
    """
    meta = jsonschema_rs.Draft202012Validator({"$ref": META_SCHEMA}, offline=True)
    named = pointer(("components", "schemas"))
    for where, value in walk(document.data):
        above, _, last = where.rpartition("/")
        if above == named or (last == "schema" and not above.endswith("/properties")):
            for error in meta.iter_errors(value):
                at_error, found = where + pointer(error.instance_path), error.instance
                if at_error.endswith("/type") and isinstance(found, str):
                    fix = nearest(found, TYPES)
                    problems.add("openapi", at_error, "must be a JSON Schema type", found, fix)
                else:
                    problems.add("openapi", at_error, error.message.splitlines()[0][:MAX_MESSAGE])


def _operations(document: Document) -> Iterator[tuple[str, Any]]:
    for path, item in document.data.get("paths", {}).items():
        for method in METHODS:
            if method in item:
                yield pointer(("paths", path, method)), item[method]


def _operation_ids(document: Document, problems: Problems) -> None:
    pointers: dict[str, str] = {}
    for where, operation in _operations(document):
        name = operation.get("operationId")
        if name is None:
            problems.add("operationId", where, "an operation must have an operationId")
        elif name in pointers:
            location = document.location(pointers[name] + "/operationId")
            message, fix = "must be unique", f"the same id is at {location}"
            problems.add("operationId", where + "/operationId", message, name, fix)
        pointers.setdefault(str(name), where)


def _names(document: Document, problems: Problems) -> None:
    """Check the names of security schemes and of operations in links, and the patterns."""
    data = document.data
    schemes = data.get("components", {}).get("securitySchemes", {})
    operations = {operation["operationId"] for _, operation in _operations(document)}
    for where, operation in _operations(document):
        for index, requirement in enumerate(operation.get("security", ())):
            for name in set(requirement) - set(schemes):
                at_name, fix = f"{where}/security/{index}", nearest(name, schemes)
                problems.add("security", at_name, "must name a security scheme", name, fix)
    for where, value in walk(data):
        if not isinstance(value, dict) or "/example" in where:
            continue
        linked = value.get("operationId") if "/links/" in where else None
        if linked is not None and linked not in operations:
            fix = nearest(str(linked), operations)
            problems.add("link", where + "/operationId", "must name an operation", linked, fix)
        if isinstance(value.get("pattern"), str) and not where.endswith("/properties"):
            try:
                re.compile(value["pattern"])
            except re.error as error:
                message = f"must be a regular expression: {error}"
                problems.add("pattern", where + "/pattern", message, value["pattern"])


def _examples(document: Document, problems: Problems) -> None:
    """Check that every example matches its schema."""
    schemas = Schemas(document.data)
    for where, value in walk(document.data):
        if not isinstance(value, dict) or "schema" not in value or "/examples/" in where:
            continue
        for name, example in value.get("examples", {}).items():
            example_value = resolve(document.data, example).get("value")
            for violation in schemas.violations(where + "/schema", example_value):
                at_value = where + pointer(("examples", name, "value")) + violation.pointer
                message = f"an example {violation.message}"
                problems.add("example", at_value, message, violation.found, violation.fix)
