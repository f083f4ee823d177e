"""Whether a spec can be worked with: its references, OpenAPI's own rules, then its extensions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import jsonschema_rs

from ..source.problems import Problems
from ..source.yaml_documents import Document, walk
from ..violations import nearest, pointer
from .agreement import agree
from .extensions import form_violations
from .schemas import Schemas
from .spec import METHODS, at, resolve

LONGEST = 300  # characters of what a library says
UNKNOWN = re.compile(r"\('([^']+)' was unexpected\)")
FIELDS = (  # of OpenAPI's objects, for whoever has misspelt one
    *("info", "servers", "paths", "webhooks", "components", "security", "tags", *METHODS),
    *("summary", "description", "parameters", "operationId", "requestBody", "responses"),
    *("callbacks", "deprecated", "schemas", "headers", "examples", "links", "securitySchemes"),
    *("content", "schema", "example", "required", "schemes"),
)
TYPES = ("string", "number", "integer", "boolean", "object", "array", "null")
META_SCHEMA = "https://json-schema.org/draft/2020-12/schema"  # a name; nothing is fetched


def check(document: Document) -> None:
    """Raises ContractError with every problem of a document as OpenAPI: its references, and when
    they are sound, OpenAPI's own rules."""
    problems = Problems(document)
    if not isinstance(document.data, dict):
        problems.add("openapi", "", "a spec is a mapping")
    for ask in (_references, _openapi, _operation_ids, _names, _examples):
        problems.stop_if_any()
        ask(document, problems)
    problems.stop_if_any()


def check_contract(document: Document) -> None:
    """Raises ContractError with every problem of a document as the contract: as OpenAPI, and when
    that is sound, what this project reads beyond it."""
    check(document)
    problems = Problems(document)
    problems.found += form_violations(document)
    problems.stop_if_any()
    agree(document, problems)
    problems.stop_if_any()


def _references(document: Document, problems: Problems) -> None:
    """Every ``$ref`` stays in the file: nothing is fetched, no other file is read."""
    for where, value in walk(document.data):
        target = value.get("$ref") if isinstance(value, dict) else None
        if target is None or where.endswith("/properties"):
            continue
        if not isinstance(target, str) or not target.startswith("#/"):
            fix = "write what it means under components and point there with #/…"
            problems.add("ref", where + "/$ref", "a $ref stays in this file", str(target), fix)
            continue
        try:
            at(document.data, target.removeprefix("#"))
        except (LookupError, ValueError, TypeError):
            problems.add("ref", where + "/$ref", "a $ref points to something", target)
    if not problems.found:
        for where, value in walk(document.data):
            if isinstance(value, dict) and isinstance(value.get("$ref"), str):
                _circle(document.data, where, value["$ref"], problems)


def _circle(data: Any, where: str, target: str, problems: Problems) -> None:
    seen = {target}
    value = at(data, target.removeprefix("#"))
    while isinstance(value, dict) and isinstance(value.get("$ref"), str):
        if value["$ref"] in seen:
            problems.add(
                "ref", where + "/$ref", "a $ref ends somewhere", target, "break the circle"
            )
            return
        seen.add(value["$ref"])
        value = at(data, value["$ref"].removeprefix("#"))


def _openapi(document: Document, problems: Problems) -> None:
    from openapi_spec_validator import OpenAPIV31SpecValidator

    version = str(document.data.get("openapi", ""))
    if not version.startswith("3.1."):
        problems.add("openapi", "/openapi", "the spec is OpenAPI 3.1", version, "write 3.1.0")
        return
    _schemas(document, problems)
    problems.stop_if_any()
    for error in OpenAPIV31SpecValidator(document.data).iter_errors():
        where = pointer(list(getattr(error, "absolute_path", ())))
        message = str(getattr(error, "message", error)).splitlines()[0][:LONGEST]
        unknown = UNKNOWN.search(message)
        if unknown is None:
            problems.add("openapi", where, message)
        else:
            where, fix = where + pointer([unknown[1]]), nearest(unknown[1], FIELDS)
            problems.add("openapi", where, "is a field that OpenAPI has here", unknown[1], fix)


def _schemas(document: Document, problems: Problems) -> None:
    """Every schema is one of JSON Schema 2020-12; OpenAPI's own validator would not say where."""
    meta = jsonschema_rs.Draft202012Validator({"$ref": META_SCHEMA}, offline=True)
    named = pointer(("components", "schemas"))
    for where, value in walk(document.data):
        above, _, last = where.rpartition("/")
        if above == named or (last == "schema" and not above.endswith("/properties")):
            for error in meta.iter_errors(value):
                place, found = where + pointer(error.instance_path), error.instance
                if place.endswith("/type") and isinstance(found, str):
                    fix = nearest(found, TYPES)
                    problems.add("openapi", place, "is a type of JSON Schema", found, fix)
                else:
                    problems.add("openapi", place, error.message.splitlines()[0][:LONGEST])


def _operations(document: Document) -> Iterator[tuple[str, Any]]:
    for path, item in document.data.get("paths", {}).items():
        for method in METHODS:
            if method in item:
                yield pointer(("paths", path, method)), item[method]


def _operation_ids(document: Document, problems: Problems) -> None:
    seen: dict[str, str] = {}
    for where, says in _operations(document):
        name = says.get("operationId")
        if name is None:
            problems.add("operationId", where, "an operation has an operationId")
        elif name in seen:
            place = document.location(seen[name] + "/operationId")
            fix = f"it stands also at {place}"
            problems.add("operationId", where + "/operationId", "an id is unique", name, fix)
        seen.setdefault(str(name), where)


def _names(document: Document, problems: Problems) -> None:
    """What is named by its name is there: security schemes, operations of links; patterns are."""
    data = document.data
    schemes = data.get("components", {}).get("securitySchemes", {})
    operations = {says["operationId"]: where for where, says in _operations(document)}
    for where, says in _operations(document):
        for index, listed in enumerate(says.get("security", ())):
            for name in set(listed) - set(schemes):
                place, fix = f"{where}/security/{index}", nearest(name, schemes)
                problems.add("security", place, "names a security scheme", name, fix)
    for where, value in walk(data):
        if not isinstance(value, dict) or "/example" in where:
            continue
        linked = value.get("operationId") if "/links/" in where else None
        if linked is not None and linked not in operations:
            fix = nearest(str(linked), operations)
            problems.add("link", where + "/operationId", "names an operation", linked, fix)
        if isinstance(value.get("pattern"), str) and not where.endswith("/properties"):
            try:
                re.compile(value["pattern"])
            except re.error as error:
                what = f"is a regular expression: {error}"
                problems.add("pattern", where + "/pattern", what, value["pattern"])


def _examples(document: Document, problems: Problems) -> None:
    """Every example keeps the schema it is an example of."""
    schemas = Schemas(document.data)
    for where, value in walk(document.data):
        if not isinstance(value, dict) or "schema" not in value or "/examples/" in where:
            continue
        for name, example in value.get("examples", {}).items():
            shown = resolve(document.data, example).get("value")
            for found in schemas.violations(where + "/schema", shown, ""):
                place = where + pointer(("examples", name, "value")) + found.pointer
                problems.add(
                    "example", place, f"an example {found.message}", found.found, found.fix
                )
