"""openapi-core as a second judge of requests, to check the verdicts of `requests`.

openapi-core is slow, and it accepts some requests that the contract rejects: ``LENIENT`` lists why.
`mock-server check` compares both judges on every example of a spec, and a test compares them on
thousands of generated requests.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from openapi_core import OpenAPI
from openapi_core.configurations import Config
from openapi_core.datatypes import RequestParameters
from openapi_core.exceptions import OpenAPIError
from openapi_core.security.factories import SecurityProviderFactory
from werkzeug.datastructures import Headers, ImmutableMultiDict
from werkzeug.sansio.http import parse_cookie

from .document.directions import ONLY_IN_RESPONSES, without_required
from .document.operation import Operation, is_json
from .document.references import at, resolve
from .document.spec import Api
from .exchange import Request
from .requests import Accepted, RequestJudge
from .source import json_text
from .violations import Violation, pointer

# Rule of a rejection → why openapi-core accepts the request.
LENIENT = {
    "query": "accepts yes and 1 as booleans, and text that is not UTF-8",
    "repeated-parameter": "accepts a parameter that occurs twice",
    "body-size": "has no maximum size of a body",
}


class OpenAPICore:
    """Validates requests of one API with openapi-core."""

    def __init__(self, api: Api) -> None:
        # requests are judged equally below each prefix
        self._prefix = api.prefixes[0]
        config = Config(
            # None skips the validation of the spec: it was validated when it was loaded
            spec_validator_cls=None,  # type: ignore[arg-type]  # the annotation leaves None out
            extra_media_type_deserializers={"application/json": _deserialize},
            security_provider_factory=_AnySecurity(),
        )
        # the address of the servers does not matter, only the path below it
        data = without_required(api.data, ONLY_IN_RESPONSES)
        data = {**data, "servers": [{"url": self._prefix or "/"}]}
        self._openapi = OpenAPI.from_dict(data, config=config)

    def errors(
        self, operation: Operation, request: Request, path: Mapping[str, str] | None = None
    ) -> list[str]:
        """Return the error messages of openapi-core; empty if it accepts the request."""
        adapted = _RequestAdapter(self._prefix + operation.path, operation, request, path or {})
        try:
            errors = self._openapi.request_validator.iter_errors(adapted)
            return [_message(error) for error in errors]
        except TypeError as error:  # openapi-core fails on a discriminator that is not a string
            return [_message(error)]


def differences(judge: RequestJudge) -> Iterator[Violation]:
    """Yield a violation for each request example on which the judge and openapi-core disagree."""
    api, openapi_core = judge.api, OpenAPICore(judge.api)
    for operation in api.operations.values():
        for media_type, where, body in _example_bodies(api, operation):
            headers = {"content-type": media_type}
            request = Request(operation.method, operation.path, (), headers, body)
            verdict = judge.judge(operation, request)
            errors = openapi_core.errors(operation, request)
            if isinstance(verdict, Accepted) == bool(errors):
                found = "; ".join(errors) or "openapi-core accepts it"
                place = api.document.location(where)
                yield Violation(
                    "openapi-core",
                    "openapi-core must accept the same examples",
                    where,
                    found,
                    location=place,
                )


def _example_bodies(api: Api, operation: Operation) -> Iterator[tuple[str, str, bytes]]:
    """Yield the media type, the JSON pointer and the bytes of each example of a JSON body.

    An operation with path parameters has none: its examples are not the whole of a request.
    """
    for content in operation.bodies if not operation.path_parameters else ():
        if not is_json(content.media_type):
            continue
        where = content.pointer + "/examples"
        try:
            examples = at(api.data, where)
        except LookupError:
            continue
        for name, example in examples.items():
            body = json.dumps(resolve(api.data, example).get("value")).encode()
            yield content.media_type, where + pointer((name,)), body


def _message(error: Exception) -> str:
    schema_errors = getattr(error.__cause__, "schema_errors", None)
    try:
        if schema_errors:
            return "; ".join(str(each.message) for each in schema_errors)
        return str(error)
    except (ValueError, OpenAPIError):  # the message can fail on the value that it quotes
        return type(error).__name__


def _deserialize(body: bytes, **_parameters: str) -> Any:
    return json_text.parse(body)


class _AnySecurity(SecurityProviderFactory):
    """Accepts any credentials: only the form of a request is compared."""

    def create(self, scheme: Any) -> Any:  # noqa: ARG002 (the base's name)
        return lambda _parameters: ""


class _RequestAdapter:
    """A request in the protocol of openapi-core."""

    def __init__(
        self, path: str, operation: Operation, request: Request, parameters: Mapping[str, str]
    ) -> None:
        self.host_url = "http://localhost"
        self.path = path
        self.method = operation.method.lower()
        self.body = request.body or None
        self.content_type = request.media_type  # openapi-core fails on malformed parameters
        self.parameters = RequestParameters(
            query=ImmutableMultiDict(request.query),
            header=Headers(request.headers),
            cookie=parse_cookie(request.headers.get("cookie", "")),
            path=dict(parameters),
        )
