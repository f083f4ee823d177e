"""Judges a request: by operation, what the contract asks of one, compiled when it is loaded.

JSON Schema says most of it. What no schema says is judged here: which media type a body has and how
long it may be, that a parameter is given once and is text of its type, that JSON is strict.
`opinion.py` holds these verdicts to those of openapi-core.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from .document.schemas import Schemas
from .document.spec import Api, Operation, Parameter, resolve
from .exchange import Request
from .source import json_text
from .violations import Violation, show

BOOLEANS = {"true": True, "false": False}
NUMBERS = {"integer": "a whole number", "number": "a number"}
LARGEST_BODY = 1024 * 1024  # bytes


@dataclass(frozen=True)
class Accepted:
    """A request that keeps the contract: its query as values of their types, its body, and what
    stands in its path."""

    query: Mapping[str, Any]
    body: Any
    ignored_keys: tuple[str, ...] = ()  # keys that the contract does not know
    path: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Rejected:
    """A request that breaks the contract: the status that says so, and what is wrong."""

    status: int
    violations: tuple[Violation, ...]


@dataclass(frozen=True)
class _Wanted:
    """What one operation asks of a request: of its query, its path and its body.

    defaults: the values of parameters that are not given; known: the keys of a body that the
    contract knows.
    """

    query: tuple[Parameter, ...]
    path: tuple[Parameter, ...]
    defaults: Mapping[str, Any]
    known: frozenset[str]


class RequestJudge:
    """Says of requests whether they keep the contract. Credentials are not its business: whether a
    token is somebody's is known to the accounts alone."""

    def __init__(self, api: Api, schemas: Schemas) -> None:
        self.api, self.schemas = api, schemas
        self._wanted = {name: _wanted(api, each) for name, each in api.operations.items()}

    def judge(
        self, operation: Operation, request: Request, path: Mapping[str, str] | None = None
    ) -> Accepted | Rejected:
        """The verdict, in the contract's order: 415, 413, 400.

        path: what stands in the path for each parameter of the operation's own.
        """
        if operation.media_types and _wrong_media_type(operation, request):
            wanted = " or ".join(operation.media_types)
            found = request.headers.get("content-type") or "none"
            return _refused(415, "media-type", f"a body is sent as {wanted}", found)
        if operation.media_types and request.size > LARGEST_BODY:
            found = f"{request.size} bytes"
            return _refused(413, "body-size", f"a body has at most {LARGEST_BODY} bytes", found)
        wanted_of, in_path = self._wanted[operation.id], path or {}
        problems: list[Violation] = []
        query = {**wanted_of.defaults, **self._query(wanted_of, request, problems)}
        body = self._body(operation, request, problems)
        for parameter in wanted_of.path:
            self._check(parameter, in_path.get(parameter.name, ""), problems)
        if problems:
            return Rejected(400, tuple(problems))
        ignored = set(body) - wanted_of.known if isinstance(body, dict) else ()
        return Accepted(query, body, tuple(sorted(ignored)), in_path)

    def _query(
        self, wanted: _Wanted, request: Request, problems: list[Violation]
    ) -> dict[str, Any]:
        """The parameters that are given, as values of their types."""
        values: dict[str, Any] = {}
        for parameter in wanted.query:
            name = parameter.name
            given = [value for key, value in request.query if key == name]
            if not given:
                if parameter.required:
                    problems.append(Violation("query", f"{name} is required", name, "none"))
                continue
            told = _told(parameter, given)
            if told is not None:
                problems.append(told)
                continue
            values[name] = _value(parameter.schema.get("type"), given[0])
            self._check(parameter, values[name], problems)
        return values

    def _body(self, operation: Operation, request: Request, problems: list[Violation]) -> Any:
        if not operation.media_types:
            return None
        if not request.body:
            if operation.body_required:
                problems.append(Violation("body", "a body is needed"))
            return None
        try:
            body = json_text.parse(request.body)
        except ValueError as error:
            problems.append(Violation("json", f"the body is JSON: {error}"))
            return None
        if operation.body:
            problems += self.schemas.violations(operation.body, body)
        return body

    def _check(self, parameter: Parameter, value: Any, problems: list[Violation]) -> None:
        for found in self.schemas.violations(parameter.pointer + "/schema", value):
            message = f"{parameter.name} {found.message}"
            problems.append(replace(found, message=message, pointer=parameter.name))


def _wanted(api: Api, operation: Operation) -> _Wanted:
    body = resolve(api.data, {"$ref": "#" + operation.body}) if operation.body else {}
    return _Wanted(
        operation.parameters,
        operation.path_parameters,
        {p.name: p.schema["default"] for p in operation.parameters if "default" in p.schema},
        frozenset(body.get("properties", {})),
    )


def _told(parameter: Parameter, given: list[str]) -> Violation | None:
    """What is wrong with how a parameter is written, before its value can be looked at."""
    name, kind, text = parameter.name, parameter.schema.get("type"), given[0]
    if len(given) > 1 and kind != "array":
        return Violation("query", f"{name} is given at most once", name, show(given))
    if not _is_text(text):
        return Violation("query", f"{name} is UTF-8 text", name, ascii(text))
    if kind == "boolean" and text not in BOOLEANS:
        return Violation("query", f"{name} is true or false", name, show(text))
    if kind in NUMBERS and not _is_number(text):
        return Violation("query", f"{name} is {NUMBERS[kind]}", name, show(text))
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
    """Whether a decoded value was UTF-8: bytes that were none came out as lone surrogates."""
    return not any("\ud800" <= character <= "\udfff" for character in value)


def _wrong_media_type(operation: Operation, request: Request) -> bool:
    if not request.size and not request.media_type:
        return False  # there is nothing of a wrong type: the missing body is what is wrong
    return request.media_type not in operation.media_types


def _refused(status: int, rule: str, message: str, found: str) -> Rejected:
    return Rejected(status, (Violation(rule, message, found=found),))
