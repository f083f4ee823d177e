"""What openapi-core says of a request: the opinion that `requests.py` is held to.

It is slow, and lenient where the contract is not; where the two are known to differ is listed in
``LENIENT``. `check` asks both of every example of a spec, and the tests of thousands of requests.
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
from werkzeug.datastructures import ImmutableMultiDict

from .document.spec import Api, Operation, at, resolve
from .exchange import Request
from .requests import Accepted, RequestJudge
from .source import json_text
from .violations import Violation, pointer

# By the rule of a refusal, why openapi-core takes what the contract refuses.
LENIENT = {
    "query": "it takes yes and 1 as booleans, a parameter given twice, and text that is not UTF-8",
    "body-size": "it knows no largest body",
}


class Opinion:
    """openapi-core with one API."""

    def __init__(self, api: Api) -> None:
        # the first: a request is judged the same below each
        self._prefix = api.prefixes[0]
        config = Config(
            # None validates nothing: the spec was validated when it was loaded
            spec_validator_cls=None,  # type: ignore[arg-type]  # the annotation leaves None out
            extra_media_type_deserializers={"application/json": _deserialize},
            security_provider_factory=_AnySecurity(),
        )
        self._openapi = OpenAPI.from_dict(api.data, config=config)

    def refusals(
        self, operation: Operation, request: Request, path: Mapping[str, str] | None = None
    ) -> list[str]:
        """Why it refuses a request, in its own words; none when it accepts it."""
        asked = _AsOpenAPI(self._prefix + operation.path, operation, request, path or {})
        try:
            return [_words(each) for each in self._openapi.request_validator.iter_errors(asked)]
        except TypeError as error:  # it stumbles over a discriminator that is no text
            return [_words(error)]


def differences(judge: RequestJudge) -> Iterator[Violation]:
    """The examples of requests in a spec that a judge and openapi-core see differently."""
    api, opinion = judge.api, Opinion(judge.api)
    for operation in api.operations.values():
        for media_type, where, body in _example_bodies(api, operation):
            headers = {"content-type": media_type}
            request = Request(operation.method, operation.path, (), headers, body)
            mine, refusals = judge.judge(operation, request), opinion.refusals(operation, request)
            if isinstance(mine, Accepted) == bool(refusals):
                found = "; ".join(refusals) or "openapi-core accepts it"
                place = api.document.location(where)
                yield Violation(
                    "opinion", "openapi-core judges an example alike", where, found, location=place
                )


def _example_bodies(api: Api, operation: Operation) -> Iterator[tuple[str, str, bytes]]:
    """By media type, where the example of a body stands, and the body."""
    for media_type in operation.media_types:
        where = operation.pointer + pointer(("requestBody", "content", media_type, "examples"))
        try:
            examples = at(api.data, where)
        except LookupError:
            continue
        for name, example in examples.items():
            body = json.dumps(resolve(api.data, example).get("value")).encode()
            yield media_type, where + pointer((name,)), body


def _words(error: Exception) -> str:
    told = getattr(error.__cause__, "schema_errors", None)
    try:
        return "; ".join(str(each.message) for each in told) if told else str(error)
    except (ValueError, OpenAPIError):  # its text can itself fail on what it quotes
        return type(error).__name__


def _deserialize(body: bytes, **_parameters: str) -> Any:
    return json_text.parse(body)


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
