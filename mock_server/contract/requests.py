"""Judges a request: the one door behind which openapi-core decides.

openapi-core is lenient where the contract is not: it takes ``yes`` and ``1`` as booleans, a
parameter given twice, duplicate keys and NaN in JSON. Those are judged here, before it is asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from openapi_core import OpenAPI
from openapi_core.configurations import Config
from openapi_core.datatypes import RequestParameters
from openapi_core.exceptions import OpenAPIError
from openapi_core.security.factories import SecurityProviderFactory
from werkzeug.datastructures import ImmutableMultiDict

from . import jsontext
from .exchange import Request
from .schemas import Schemas
from .spec import Api, Operation, resolve
from .violations import Violation, pointer, show

BOOLEANS = {"true": True, "false": False}
NUMBERS = {"integer": "a whole number", "number": "a number"}
LARGEST_BODY = 1024 * 1024  # bytes
REMEMBERED, REMEMBERED_BODY = 4096, 2048  # verdicts that are kept, and the bytes of their bodies


@dataclass(frozen=True)
class Accepted:
    """A request that keeps the contract: its query as values of their types, its body, and what
    stands in its path."""

    query: Mapping[str, Any]
    body: Any
    ignored: tuple[str, ...] = ()  # keys that the contract does not know
    path: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Refused:
    """A request that breaks the contract: the status that says so, and what is wrong."""

    status: int
    violations: tuple[Violation, ...]


@dataclass
class RequestJudge:
    """Says of requests whether they keep the contract. Credentials are not its business: whether a
    token is somebody's is known to the accounts alone."""

    api: Api
    schemas: Schemas
    _openapi: OpenAPI = field(init=False, repr=False)
    _verdicts: dict[Any, Accepted | Refused] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        config = Config(
            # None validates nothing: the spec was validated when it was loaded
            spec_validator_cls=None,  # type: ignore[arg-type]  # the annotation leaves None out
            extra_media_type_deserializers={"application/json": _deserialize},
            security_provider_factory=_AnySecurity(),
        )
        self._openapi = OpenAPI.from_dict(self.api.data, config=config)

    def judge(
        self, operation: Operation, request: Request, path: Mapping[str, str] | None = None
    ) -> Accepted | Refused:
        """The verdict, in the contract's order: 415, 413, 400.

        path: what stands in the path for each parameter of the operation's own. Small requests that
        were judged before (a page polls, a test repeats itself) are not judged again.
        """
        if len(request.body) > REMEMBERED_BODY:
            return self._judge(operation, request, path or {})
        sent = request.headers.get("content-type")
        key = (operation.id, sent, request.query, request.body, request.size, str(path))
        verdict = self._verdicts.get(key)
        if verdict is None:
            if len(self._verdicts) >= REMEMBERED:
                self._verdicts.clear()
            verdict = self._verdicts[key] = self._judge(operation, request, path or {})
        return verdict

    def _judge(
        self, operation: Operation, request: Request, in_path: Mapping[str, str]
    ) -> Accepted | Refused:
        if operation.media_types and _wrong_media_type(operation, request):
            wanted = " or ".join(operation.media_types)
            found = request.headers.get("content-type") or "none"
            return _refused(415, "media-type", f"a body is sent as {wanted}", found)
        if operation.media_types and request.size > LARGEST_BODY:
            found = f"{request.size} bytes"
            return _refused(413, "body-size", f"a body has at most {LARGEST_BODY} bytes", found)
        query, problems = self._query(operation, request)
        body, unread = _read_body(operation, request)
        problems += unread
        asked = _AsOpenAPI(self.api.prefixes[0] + operation.path, operation, request, in_path)
        refusals = self._refusals(asked)
        if refusals and not problems:
            problems = self._words(operation, {**query, **in_path}, body)
            problems = problems or [_told(error) for error in refusals]
        if problems:
            return Refused(400, tuple(problems))
        return Accepted(query, body, tuple(self._ignored(operation, body)), in_path)

    def _refusals(self, asked: _AsOpenAPI) -> list[Exception]:
        try:
            return list(self._openapi.request_validator.iter_errors(asked))
        except TypeError as error:  # it stumbles over a discriminator that is no text
            return [error]

    def _query(
        self, operation: Operation, request: Request
    ) -> tuple[dict[str, Any], list[Violation]]:
        values: dict[str, Any] = {}
        problems: list[Violation] = []
        for parameter in operation.parameters:
            name = parameter.name
            given = [value for key, value in request.query if key == name]
            kind = parameter.schema.get("type")
            if len(given) > 1 and kind != "array":
                problems.append(
                    Violation("query", f"{name} is given at most once", name, show(given))
                )
            elif given and not _is_text(given[0]):
                problems.append(Violation("query", f"{name} is UTF-8 text", name, ascii(given[0])))
            elif given and kind == "boolean" and given[0] not in BOOLEANS:
                problems.append(
                    Violation("query", f"{name} is true or false", name, show(given[0]))
                )
            elif given and kind in NUMBERS and not _is_number(given[0]):
                problems.append(
                    Violation("query", f"{name} is {NUMBERS[kind]}", name, show(given[0]))
                )
            elif given:
                values[name] = _value(kind, given[0])
            elif "default" in parameter.schema:
                values[name] = parameter.schema["default"]
        return values, problems

    def _words(self, operation: Operation, given: Mapping[str, Any], body: Any) -> list[Violation]:
        """What the schemas say of a request that openapi-core refuses: they say it better."""
        told = self.schemas.violations(operation.body, body) if operation.body else []
        for parameter in (*operation.parameters, *operation.path_parameters):
            if parameter.name in given:
                where = parameter.pointer + "/schema"
                for found in self.schemas.violations(where, given[parameter.name]):
                    message = f"{parameter.name} {found.message}"
                    told.append(replace(found, message=message, pointer=parameter.name))
        return told

    def _ignored(self, operation: Operation, body: Any) -> list[str]:
        known = self._known.get(operation.id, frozenset())
        return sorted(set(body) - known) if isinstance(body, dict) else []

    @cached_property
    def _known(self) -> dict[str, frozenset[str]]:
        return {
            operation.id: frozenset(
                resolve(self.api.data, {"$ref": "#" + operation.body}).get("properties", {})
            )
            for operation in self.api.operations.values()
            if operation.body
        }


def _value(kind: str | None, text: str) -> Any:
    if kind == "boolean":
        return BOOLEANS[text]
    return jsontext.parse(text.encode()) if kind in NUMBERS else text


def _is_number(text: str) -> bool:
    try:
        value = jsontext.parse(text.encode("utf-8", "replace"))
    except ValueError:
        return False
    return isinstance(value, int | float) and not isinstance(value, bool) and text == text.strip()


def _is_text(value: str) -> bool:
    """Whether a decoded value was UTF-8: bytes that were none came out as lone surrogates."""
    return not any("\ud800" <= character <= "\udfff" for character in value)


def _read_body(operation: Operation, request: Request) -> tuple[Any, list[Violation]]:
    if not operation.media_types:
        return None, []
    if not request.body:
        return None, [Violation("body", "a body is needed")] if operation.body_required else []
    try:
        return jsontext.parse(request.body), []
    except ValueError as error:
        return None, [Violation("json", f"the body is JSON: {error}")]


def _wrong_media_type(operation: Operation, request: Request) -> bool:
    if not request.size and not request.media_type:
        return False  # there is nothing of a wrong type: the missing body is what is wrong
    return request.media_type not in operation.media_types


def _refused(status: int, rule: str, message: str, found: str) -> Refused:
    return Refused(status, (Violation(rule, message, found=found),))


def _told(error: Exception) -> Violation:
    cause = error.__cause__
    told = getattr(cause, "schema_errors", None)
    if told:
        message = "; ".join(str(each.message) for each in told)
        return Violation("openapi", message, pointer(list(told[0].absolute_path)))
    try:
        return Violation("openapi", str(error))
    except (ValueError, OpenAPIError):  # its text can itself fail on what it quotes
        return Violation("openapi", type(error).__name__)


def _deserialize(body: bytes, **_parameters: str) -> Any:
    return jsontext.parse(body)


class _AnySecurity(SecurityProviderFactory):
    """Lets every request pass: accounts judge credentials, openapi-core only sees the form."""

    def create(self, scheme: Any) -> Any:  # noqa: ARG002 (the base's name)
        return lambda _parameters: ""


class _AsOpenAPI:
    """A request as openapi-core's protocol wants it."""

    def __init__(
        self, path: str, operation: Operation, request: Request, in_path: Mapping[str, str]
    ) -> None:
        self.host_url = "http://localhost"
        self.path = path
        self.method = operation.method.lower()
        self.body = request.body or None
        self.content_type = request.media_type  # it stumbles over untidy parameters
        self.parameters = RequestParameters(
            query=ImmutableMultiDict(request.query), header={}, cookie={}, path=dict(in_path)
        )
