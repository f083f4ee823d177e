"""The judge of requests: checks whether a request conforms to its operation.

Most requirements are JSON Schemas. This module adds the rules that a schema cannot express: the
media type and the maximum size of the body, strict JSON, and that each query parameter occurs once
and has the syntax of its type. `openapi_core_check.py` compares the verdicts with openapi-core.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from .document.operation import Operation, Parameter
from .document.references import resolve
from .document.schemas import Schemas
from .document.spec import Api
from .exchange import Request
from .source import json_text
from .violations import Violation, show

BOOLEANS = {"true": True, "false": False}
NUMBERS = {"integer": "a whole number", "number": "a number"}
LARGEST_BODY = 1024 * 1024  # bytes


@dataclass(frozen=True)
class Accepted:
    """A valid request: typed query parameters, the parsed body, and the path parameters.

    ignored_keys: the keys of the body that the contract does not declare.
    """

    query: Mapping[str, Any]
    body: Any
    ignored_keys: tuple[str, ...] = ()
    path: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Rejected:
    """An invalid request: the status of the error response, and the violations."""

    status: int
    violations: tuple[Violation, ...]


@dataclass(frozen=True)
class _Requirements:
    """The requirements of one operation, compiled once.

    query, path: its parameters.
    defaults: the values of absent query parameters.
    body_keys: the declared keys of the body.
    """

    query: tuple[Parameter, ...]
    path: tuple[Parameter, ...]
    defaults: Mapping[str, Any]
    body_keys: frozenset[str]


class RequestJudge:
    """Checks requests against an API. Does not check credentials: only the fixtures know which
    tokens are valid."""

    def __init__(self, api: Api, schemas: Schemas) -> None:
        self.api, self.schemas = api, schemas
        self._requirements = {
            name: _requirements(api, operation) for name, operation in api.operations.items()
        }

    def judge(
        self,
        operation: Operation,
        request: Request,
        path: Mapping[str, str] | None = None,
        largest_body: float = LARGEST_BODY,
    ) -> Accepted | Rejected:
        """Check a request in the order of the contract: 415, 413, 400.

        path: the values of the path parameters, by name. largest_body: the limit in bytes.
        """
        if operation.media_types and _wrong_media_type(operation, request):
            media_types = " or ".join(operation.media_types)
            found = request.headers.get("content-type") or "none"
            return _rejected(415, "media-type", f"the body must be {media_types}", found)
        if operation.media_types and request.size > largest_body:
            found = f"{request.size} bytes"
            return _rejected(
                413, "body-size", f"the body must have at most {largest_body} bytes", found
            )
        requirements, path = self._requirements[operation.id], path or {}
        problems: list[Violation] = []
        query = {**requirements.defaults, **self._query(requirements, request, problems)}
        body = self._body(operation, request, problems)
        for parameter in requirements.path:
            self._check(parameter, path.get(parameter.name, ""), problems)
        if problems:
            return Rejected(400, tuple(problems))
        ignored = set(body) - requirements.body_keys if isinstance(body, dict) else ()
        return Accepted(query, body, tuple(sorted(ignored)), path)

    def _query(
        self, requirements: _Requirements, request: Request, problems: list[Violation]
    ) -> dict[str, Any]:
        """Return the query parameters of a request, converted to their types."""
        values: dict[str, Any] = {}
        for parameter in requirements.query:
            name = parameter.name
            texts = [value for key, value in request.query if key == name]
            if not texts:
                if parameter.required:
                    problems.append(Violation("query", f"`{name}` is required", name, "none"))
                continue
            violation = _syntax_violation(parameter, texts)
            if violation is not None:
                problems.append(violation)
                continue
            values[name] = _value(parameter.schema.get("type"), texts[0])
            self._check(parameter, values[name], problems)
        return values

    def _body(self, operation: Operation, request: Request, problems: list[Violation]) -> Any:
        if not operation.media_types:
            return None
        if not request.body:
            if operation.body_required:
                problems.append(Violation("body", "a body is required"))
            return None
        try:
            body = json_text.parse(request.body)
        except json_text.JsonError as error:
            problems.append(Violation(error.requirement, f"the body must be JSON: {error}"))
            return None
        if operation.body:
            problems += self.schemas.violations(operation.body, body)
        return body

    def _check(self, parameter: Parameter, value: Any, problems: list[Violation]) -> None:
        for violation in self.schemas.violations(parameter.pointer + "/schema", value):
            message = f"`{parameter.name}` {violation.message}"
            problems.append(replace(violation, message=message, pointer=parameter.name))


def _requirements(api: Api, operation: Operation) -> _Requirements:
    body = resolve(api.data, {"$ref": "#" + operation.body}) if operation.body else {}
    return _Requirements(
        operation.parameters,
        operation.path_parameters,
        {p.name: p.schema["default"] for p in operation.parameters if "default" in p.schema},
        frozenset(body.get("properties", {})),
    )


def _syntax_violation(parameter: Parameter, texts: list[str]) -> Violation | None:
    """Return the violation of a parameter whose texts cannot be converted to its type."""
    name, kind, text = parameter.name, parameter.schema.get("type"), texts[0]
    if len(texts) > 1 and kind != "array":
        return Violation(
            "repeated-parameter", f"`{name}` must occur at most once", name, show(texts)
        )
    if not _is_text(text):
        return Violation("query", f"`{name}` must be UTF-8 text", name, ascii(text))
    if kind == "boolean" and text not in BOOLEANS:
        return Violation("query", f"`{name}` must be true or false", name, show(text))
    if kind in NUMBERS and not _is_number(text):
        return Violation("query", f"`{name}` must be {NUMBERS[kind]}", name, show(text))
    return None


def _value(kind: str | None, text: str) -> Any:
    if kind == "boolean":
        return BOOLEANS[text]
    return json_text.parse(text.encode()) if kind in NUMBERS else text


def _is_number(text: str) -> bool:
    try:
        value = json_text.parse(text.encode("utf-8", "replace"))
    except ValueError:
        return False
    return isinstance(value, int | float) and not isinstance(value, bool) and text == text.strip()


def _is_text(value: str) -> bool:
    """Return whether a value was valid UTF-8. Invalid bytes were decoded to lone surrogates."""
    return not any("\ud800" <= character <= "\udfff" for character in value)


def _wrong_media_type(operation: Operation, request: Request) -> bool:
    if not request.size and not request.media_type:
        return False  # no body has no wrong type: the missing body is a violation
    return request.media_type not in operation.media_types


def _rejected(status: int, rule: str, message: str, found: str) -> Rejected:
    return Rejected(status, (Violation(rule, message, found=found),))
