"""Checks that a document of the user is valid: OpenAPI, its names and examples, its extensions.

``openapi/reading`` has already found each mistake that it would tolerate in another document.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import jsonschema_rs

from ..openapi.operations import operations_of
from ..openapi.report import steps
from ..source.problems import Problems
from ..source.yaml_documents import Document, walk
from ..violations import nearest, pointer
from .agreement import check_extensions
from .directions import ONLY_IN_REQUESTS, ONLY_IN_RESPONSES, without_required
from .extensions import form_violations
from .references import resolve
from .schemas import Schemas
from .spec import METHODS

MAX_MESSAGE = 300  # characters of an error message of a library
UNKNOWN = re.compile(r"\('([^']+)' was unexpected\)")
IN_REQUEST = re.compile(r"/(?:requestBody|parameters)/|^/components/requestBodies/")
FIELDS = (  # fields of OpenAPI objects, to suggest the correct spelling
    *("info", "servers", "paths", "webhooks", "components", "security", "tags", *METHODS),
    *("summary", "description", "parameters", "operationId", "requestBody", "responses"),
    *("callbacks", "deprecated", "schemas", "headers", "examples", "links", "securitySchemes"),
    *("content", "schema", "example", "required", "schemes"),
)


def check(document: Document) -> None:
    """Check that a document is valid OpenAPI 3.1.

    Raises ContractError with all violations of the first step that fails.
    """
    problems = Problems(document)
    for check_part in (_openapi, _names, _examples):
        check_part(document, problems)
        problems.stop_if_any()


def check_contract(document: Document) -> None:
    """Check a document that uses extensions of this project, and the extensions.

    A document without them has only notes, and an overlay is checked only for its extensions.
    Raises ContractError with all violations of the first step that fails.
    """
    if document.own:
        check(document)
    if document.extended:
        problems = Problems(document)
        problems.violations += form_violations(document)
        problems.stop_if_any()
        check_extensions(document, problems)
        problems.stop_if_any()


@cache
def _openapi_schema() -> jsonschema_rs.Draft202012Validator:
    """Return the JSON Schema of OpenAPI 3.1. The package that contains it is slow to import."""
    package = find_spec("openapi_spec_validator")
    if package is None or package.origin is None:
        raise ModuleNotFoundError("openapi_spec_validator is not installed")
    file = Path(package.origin).parent / "resources" / "schemas" / "v3.1" / "schema.json"
    return jsonschema_rs.Draft202012Validator(json.loads(file.read_bytes()), offline=True)


def _openapi(document: Document, problems: Problems) -> None:
    for error in _openapi_schema().iter_errors(document.data):
        where = pointer(error.instance_path)
        message = error.message.splitlines()[0][:MAX_MESSAGE]
        unknown = UNKNOWN.search(message)
        if unknown is None:
            problems.add("openapi", where, message)
        else:
            where, fix = where + pointer([unknown[1]]), nearest(unknown[1], FIELDS)
            problems.add("openapi", where, "unknown field", unknown[1], fix)


def _operations(document: Document) -> Iterator[tuple[str, Any]]:
    for _, _, operation, where in operations_of(document.data):
        yield pointer(steps(where)), operation


def _names(document: Document, problems: Problems) -> None:
    """Check the names of operations in links."""
    data = document.data
    operations = {operation["operationId"] for _, operation in _operations(document)}
    for where, value in walk(data):
        if not isinstance(value, dict) or "/example" in where:
            continue
        linked = value.get("operationId") if "/links/" in where else None
        if linked is not None and linked not in operations:
            fix = nearest(str(linked), operations)
            problems.add("link", where + "/operationId", "must name an operation", linked, fix)


def _examples(document: Document, problems: Problems) -> None:
    """Check that every example and every default matches its schema.

    The example of a request need not have what is ``readOnly``, nor the others ``writeOnly``.
    """
    of_response = without_required(document.data, ONLY_IN_REQUESTS)
    of_request = without_required(document.data, ONLY_IN_RESPONSES)
    of_responses = Schemas(of_response)
    of_requests = of_responses if of_request is of_response else Schemas(of_request)
    for where, value in walk(document.data):
        if not isinstance(value, dict) or "/examples/" in where:
            continue
        schemas = of_requests if IN_REQUEST.search(where) else of_responses
        if "default" in value and "type" in value and not where.endswith("/properties"):
            for violation in schemas.violations(where, value["default"]):
                at_value = where + "/default" + violation.pointer
                message = f"a default {violation.message}"
                problems.add("default", at_value, message, violation.found, violation.fix)
        if "schema" not in value:
            continue
        for name, example in value.get("examples", {}).items():
            example_value = resolve(document.data, example).get("value")
            for violation in schemas.violations(where + "/schema", example_value):
                at_value = where + pointer(("examples", name, "value")) + violation.pointer
                message = f"an example {violation.message}"
                problems.add("example", at_value, message, violation.found, violation.fix)
