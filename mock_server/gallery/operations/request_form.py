"""The form for any request to an operation: its parameters and its body, with valid values."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ...contract.document.operation import Operation, Parameter
from ...contract.document.resources.types import key_text
from ...generation.generate import CannotGenerateError
from ...generation.requests.parameter_texts import path_text
from ...generation.requests.sample_request import SampleRequest, sample_request
from ...http.prefer import preference_text
from ...operations.response_sources import responses_by_name
from ..page_request import PageRequest
from ..reference.types import with_limits
from ..sample_calls import body_with

MAX_PREFERENCES = 60
PREFER, AUTHORIZATION = "Prefer", "Authorization"
NO_SAMPLE = SampleRequest("", "")


@dataclass(frozen=True)
class RequestField:
    """A text that a request contains.

    name: as it is sent. location: ``path``, ``query`` or ``header``. hint: its type in words.
    choices: values to choose from; others are possible too.
    """

    name: str
    location: str
    value: str
    required: bool = False
    hint: str = ""
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class RequestForm:
    """The form of an operation. prefix: the path of the mock, of its session and of the server.

    template: the path with the names of its parameters in braces. body: None if it has none.
    cookies: names of the cookies that it needs, which a script cannot send.
    incomplete: whether no valid value of a parameter or of the body was found.
    """

    operation: Operation
    prefix: str
    template: str
    fields: tuple[RequestField, ...]
    body: str | None
    media_type: str
    cookies: tuple[str, ...]
    incomplete: bool


def request_form(
    page: PageRequest, operation: Operation, values: Mapping[str, Any], token: str
) -> RequestForm:
    """Return the form of an operation, filled with what a valid request requires.

    values: parameters that find a resource. token: of the caller.
    """
    incomplete, sample = False, NO_SAMPLE
    try:
        sample = sample_request(page.context.judge.schemas, operation, page.wall, token)
    except CannotGenerateError:
        incomplete = True
    prefix = (operation.prefixes or page.spec.prefixes)[0]
    named = {parameter.name for parameter in (*operation.path_parameters, *operation.parameters)}
    in_body = {name: value for name, value in values.items() if name not in named}
    return RequestForm(
        operation,
        page.root + prefix,
        operation.path.partition("?")[0],
        (
            *_path_fields(operation, sample, values),
            *_query_fields(operation, sample, values),
            *_header_fields(operation, sample),
            RequestField(PREFER, "header", "", hint="a response", choices=_preferences(operation)),
        ),
        _body(page, operation, sample, in_body) if operation.bodies else None,
        sample.content_type or next(iter(operation.media_types), ""),
        tuple(each.name for each in operation.cookie_parameters if each.required),
        incomplete,
    )


def _path_fields(
    operation: Operation, sample: SampleRequest, values: Mapping[str, Any]
) -> Iterator[RequestField]:
    for parameter in operation.path_parameters:
        name, sampled = parameter.name, sample.path_values.get(parameter.name, "")
        text = key_text(values[name]) if name in values else path_text(parameter, sampled)
        yield _field(parameter, text)


def _query_fields(
    operation: Operation, sample: SampleRequest, values: Mapping[str, Any]
) -> Iterator[RequestField]:
    """Yield the parameters of the sample as they are sent, then the others, which are empty."""
    parameters = {parameter.name: parameter for parameter in operation.parameters}
    texts = {name: key_text(value) for name, value in values.items() if name in parameters}
    for name, text in sample.query:
        if name in parameters:
            yield _field(parameters[name], texts.get(name, text))
        else:  # an API key, or a part of an object
            yield RequestField(name, "query", text)
    sent = {name for name, _ in sample.query}
    for name, parameter in parameters.items():
        parts = any(each.startswith(f"{name}[") for each in sent)
        if name not in sent and not parts and not parameter.required:
            yield _field(parameter, texts.get(name, ""))


def _header_fields(operation: Operation, sample: SampleRequest) -> Iterator[RequestField]:
    described = {parameter.name.lower(): parameter for parameter in operation.header_parameters}
    sent = {name: text for name, text in sample.headers.items() if name.lower() != "cookie"}
    for name, text in sent.items():
        parameter = described.get(name.lower())
        yield _field(parameter, text) if parameter else RequestField(name, "header", text)
    names = {name.lower() for name in sent}
    for name, parameter in described.items():
        if name not in names and name != PREFER.lower():
            yield _field(parameter, "")
    schemes = (scheme for alternative in operation.security for scheme in alternative)
    if AUTHORIZATION.lower() not in names and any(each.kind == "bearer" for each in schemes):
        yield RequestField(AUTHORIZATION, "header", "", hint="Bearer TOKEN")


def _field(parameter: Parameter, text: str) -> RequestField:
    choices = parameter.schema.get("enum", ())
    return RequestField(
        parameter.name,
        parameter.location,
        text,
        parameter.required,
        with_limits(None, parameter.schema) if not choices else "",
        tuple(str(choice) for choice in choices if choice is not None),
    )


def _preferences(operation: Operation) -> tuple[str, ...]:
    """Return values of ``Prefer`` that select a documented response or example."""
    texts = []
    for response in responses_by_name(operation).values():
        code = preference_text("code", str(response.status))
        names = (preference_text("example", name) for name in response.examples)
        texts += [code, *(f"{code}, {name}" for name in names)]
    return tuple(texts[:MAX_PREFERENCES])


def _body(
    page: PageRequest, operation: Operation, sample: SampleRequest, values: Mapping[str, Any]
) -> str:
    if not operation.bodies[0].is_json:
        return sample.body.decode("utf-8", "replace")
    value = body_with(page.spec, operation, sample, values) if values else sample.value
    return "" if value is None else json.dumps(value, indent=2, ensure_ascii=False)
