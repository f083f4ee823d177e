"""The text that ``serve`` prints when it is ready."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping
from itertools import islice

from ..app.mock import Mock
from ..contract.document.operation import Operation, SecurityScheme
from ..contract.document.spec import Spec
from ..gallery.index import bases_text, gallery_line, one_line, resource_lines, wrapped
from ..gallery.sample_calls import get_call
from ..generation.generate import CannotGenerateError
from ..generation.requests.curl import curl_command
from ..generation.requests.sample_request import sample_request
from ..http.credentials import first_token
from ..http.prefer import preference_text
from ..operations.response_sources import EMPTY, EXAMPLE, SCHEMA, count_sources
from ..state.session_state import new_session_state
from ..state.view import View

MAX_NOTES = 5
MAX_TRIED = 5  # operations that are tried for a command
MAX_LOCATED = 1_000_000  # characters of a document whose lines are counted at the start
# What a response is made from → how the text names it
SOURCES = {EXAMPLE: "from examples", SCHEMA: "generated from schemas", EMPTY: "without a body"}
SCHEMES = {"bearer": "any bearer token", "basic": "any name and password"}


def ready_text(mock: Mock, address: str) -> str:
    """Return the text: the addresses, what the mock serves, and a command to try.

    address: scheme, host and port.
    """
    fixtures = mock.dataset.fixtures
    has_resources = fixtures.fixtures or fixtures.listed
    lines = _of_resources(mock, address) if has_resources else _of_document(mock, address)
    return "\n".join(lines)


def _of_resources(mock: Mock, address: str) -> Iterator[str]:
    """Yield the lines for a document whose resources have fixtures."""
    spec, fixtures = mock.spec, mock.dataset.fixtures
    yield gallery_line(address)
    yield f"Ready on {bases_text(spec, address)}"
    yield from resource_lines(spec, fixtures, address)
    yield from _of_callers(mock)
    yield f"control    {address}/_mock/ (docs/control-api.md)"
    command = _example_command(spec, address + spec.prefixes[0]) or _lookup_command(mock, address)
    if command is not None:
        yield f"try\n  {command}"


def _of_callers(mock: Mock) -> Iterator[str]:
    """Yield the line with the tokens, or with what the mock accepts in their place."""
    credentials = mock.resolver.credentials
    tokens = [caller.token for caller in credentials.callers]
    if tokens:
        yield f"tokens     {', '.join(tokens)}" + (
            ", and any other" if credentials.any_token else ""
        )
    else:
        yield from wrapped("accepts", _accepted(mock))


def _of_document(mock: Mock, address: str) -> Iterator[str]:
    """Yield the lines for a document without fixtures of resources."""
    spec, info = mock.spec, mock.spec.data["info"]
    path = spec.document.path
    yield gallery_line(address)
    yield f"Ready on {bases_text(spec, address)}"
    yield f"{one_line(info.get('title'))} {one_line(info.get('version'))}, from {path}"
    yield from resource_lines(spec, mock.dataset.fixtures, address)
    yield f"responses  {_sources(spec)}"
    yield from wrapped("accepts", _accepted(mock))
    yield from _notes(spec)
    yield "try"
    prefix = next(filter(None, spec.prefixes), "")
    sampled = next(_sampled(mock, address + prefix), None)
    if sampled is not None:
        operation, command = sampled
        yield f"  {command}"
        code = next((str(s) for s in operation.responses if s >= 400), None)
        if code is None and operation.ranges:
            code = "404"
        if code is not None:
            yield f"  … -H 'Prefer: {preference_text('code', code)}' for another response"
    yield "next"
    yield f"  mock-server init --spec {shlex.quote(str(path))}   write fixtures that you can edit"
    yield f"  mock-server check --spec {shlex.quote(str(path))}  check the document"


def _sources(spec: Spec) -> str:
    counts = count_sources(spec.data, spec.operations.values())
    texts = [f"{counts[source]} {text}" for source, text in SOURCES.items() if counts[source]]
    return ", ".join(texts)


def _accepted(mock: Mock) -> list[str]:
    """Return the credentials with which the mock accepts requests."""
    credentials = mock.resolver.credentials
    tokens = [caller.token for caller in credentials.callers]
    schemes = {
        scheme
        for operation in mock.spec.operations.values()
        for alternative in operation.security
        for scheme in alternative
    }
    if tokens and not credentials.any_token:
        return [f"the tokens {', '.join(tokens)}"]
    texts = sorted({_scheme_text(scheme) for scheme in schemes})
    without = [o for o in mock.spec.operations.values() if not o.needs_token]
    if not texts:
        return ["all requests: the document requires no credentials"]
    if without:
        count = len(without)
        texts.append(f"{count} operation{'s' if count > 1 else ''} without credentials")
    return texts


def _scheme_text(scheme: SecurityScheme) -> str:
    if scheme.kind == "apiKey":
        return f"any API key in the {scheme.location} {scheme.parameter}"
    return SCHEMES.get(scheme.kind, f"any credentials of the scheme {scheme.name}")


def _notes(spec: Spec) -> Iterator[str]:
    """Yield what was tolerated in the document. To count lines, a file is parsed again."""
    document = spec.document
    located = len(document.text) <= MAX_LOCATED
    notes = document.notes if located else document.remarks
    if not notes:
        return
    rest = len(notes) - MAX_NOTES
    command = f"mock-server check --spec {shlex.quote(str(document.path))}"
    yield f"notes      {len(notes)}" + (f", the first {MAX_NOTES} of them" if rest > 0 else "")
    for note in notes[:MAX_NOTES]:
        yield f"  {note}"
    if rest > 0:
        yield f"  … and {rest} more: {command}"


def _sampled(mock: Mock, base: str) -> Iterator[tuple[Operation, str]]:
    """Yield operations with a command that calls them, those that read first."""
    operations = mock.spec.operations.values()
    token = first_token(mock.resolver.credentials.callers)
    reading = (operation for operation in operations if operation.method == "GET")
    for operation in [*islice(reading, MAX_TRIED), *islice(operations, MAX_TRIED)]:
        try:
            request = sample_request(mock.context.judge.schemas, operation, token=token)
        except CannotGenerateError:
            continue
        yield operation, curl_command(base, request)


def _example_command(spec: Spec, base: str) -> str | None:
    """Return a command for the first lookup that has an example of its request body."""
    for operation in spec.operations.values():
        if operation.lookup is None or operation.action or operation.path_parameters:
            continue
        documented = spec.data["paths"][operation.path][operation.method.lower()]
        for media_type, content in documented.get("requestBody", {}).get("content", {}).items():
            for example in _examples(content):
                body = json.dumps(example["value"])
                return f"curl {base}{operation.path} -H 'content-type: {media_type}' -d '{body}'"
    return None


def _lookup_command(mock: Mock, address: str) -> str | None:
    """Return a command that gets the first resource of the fixtures that an operation finds."""
    now = mock.sessions.wall()
    view = View(mock.dataset, new_session_state(now, now), now)
    types = (*mock.spec.with_timelines, *mock.spec.types.values())
    for resource in (r for each in types for r in islice(view.all(each.name), 1)):
        call = get_call(mock.context, view, resource, "")
        if call is not None:
            return call.curl(address)
    return None


def _examples(content: Mapping[str, object]) -> Iterator[Mapping[str, object]]:
    examples = content.get("examples", {})
    yield from examples.values() if isinstance(examples, dict) else ()
