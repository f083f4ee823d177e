"""The documented success of an operation: the resources in its body, and its headers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote

from ..contract.document.operation import PARAMETER, Operation
from ..contract.document.resources.types import key_text
from ..contract.exchange import Response, encode_path
from ..generation.success_bodies import success_body
from ..http.error_responses import encode
from ..state.catalog import Resource, has_values, request_values
from ..state.view import View
from .call import Context, OperationCall, view_of
from .documented import Wish, documented_headers
from .entity_tags import entity_tag, has_entity_tag
from .lookup import way_by_path
from .render import Rendered, applied_preferences, render, wants_variation

OMITTED = object()  # the value of a field that the body does not have


@dataclass(frozen=True)
class PageInfo:
    """What a response says about its page: fields of the body by their paths, and headers."""

    fields: Mapping[tuple[str, ...], Any] = field(default_factory=dict)
    headers: tuple[tuple[str, str], ...] = ()


NO_PAGE = PageInfo()


Shown = Sequence[Rendered]


def success(
    context: Context,
    call: OperationCall,
    resources: Sequence[Resource],
    filters: Mapping[str, Any] | None = None,
    selected: Callable[[Shown], tuple[Shown, PageInfo]] | None = None,
) -> Response:
    """Return the documented success response, with the resources in its body.

    filters: the values that a resource must show; those that do not are left out.
    selected: returns those of a page, and what the response says about it.
    """
    view = view_of(context, call)
    varied = wants_variation(call)
    if varied:
        call = replace(call, prefer=call.prefer.with_seed())
    rendered = [render(context, call, view, each, len(resources)) for each in resources]
    shown: Shown = [each for each in rendered if has_values(each.value, filters or {})]
    info = NO_PAGE
    if selected is not None:
        shown, info = selected(shown)
    headers = (*_headers(context, call, shown), *info.headers)
    headers += tuple(_required_headers(context, call, headers))
    status, body = call.operation.success.status, _body(context, call, view, shown, info)
    if varied:
        return Response(status, headers, body)
    # A resource that a filter leaves out may match it later.
    changes = [each.playback.next_change(call.now) for each in rendered if each.playback]
    return Response(
        status,
        headers,
        body,
        served=tuple(each.playback.timeline.name for each in shown if each.playback),
        cacheable=not _finds_by_moving(context, call.operation),
        valid_until=min((change for change in changes if change is not None), default=None),
    )


def _path_to(context: Context, resource: Resource) -> str | None:
    """Return the path that leads to a resource; None if no path has its key."""
    found = way_by_path(context.dataset.spec, resource.type)
    values = request_values(found[1], resource) if found else None
    if found is None or values is None:
        return None
    texts = {name: quote(key_text(value), safe="") for name, value in values.items()}
    return PARAMETER.sub(lambda name: texts[name[1]], found[0].path)


def _finds_by_moving(context: Context, operation: Operation) -> bool:
    """Return whether an operation can find resources by properties that a timeline changes."""
    return any(index.moving for index in context.dataset.catalog.indexes.get(operation.id, ()))


def _headers(context: Context, call: OperationCall, shown: Shown) -> Iterator[tuple[str, str]]:
    response = call.operation.success
    if response.media_type:
        yield "Content-Type", response.media_type
    if applied := ", ".join(applied_preferences(call, [each.resource for each in shown])):
        yield "Preference-Applied", applied
    if len(shown) == 1 and has_entity_tag(response):
        yield "ETag", entity_tag(shown[0].value)
    if call.operation.does == "create" and (path := _path_to(context, shown[0].resource)):
        base = call.path.rsplit("/", call.operation.path.count("/"))[0]
        yield "Location", encode_path(base) + path


def _required_headers(
    context: Context, call: OperationCall, known: Iterable[tuple[str, str]]
) -> Iterator[tuple[str, str]]:
    """Yield the headers that the document requires, and about which it says nothing else."""
    response, names = call.operation.success, {name.lower() for name, _ in known}
    required = {n for n, h in response.headers.items() if h.get("required")}
    if not required or {name.lower() for name in required} <= names:
        return
    wish = Wish(seed=call.operation.id, now=call.now)
    for name, text in documented_headers(context.judge.schemas, response, wish):
        if name in required and name.lower() not in names:
            yield name, text


def _body(context: Context, call: OperationCall, view: View, shown: Shown, info: PageInfo) -> bytes:
    """Return the body: the resources, and what the schema says about the rest."""
    response = call.operation.success
    if not response.contents:
        return b""
    values: dict[str, list[Any]] = {}
    for each in shown:
        values.setdefault(each.resource.type.name, []).append(each.value)
    for each in shown[:1]:
        for ancestor in each.resource.lineage():
            if ancestor.type.name not in values:
                values[ancestor.type.name] = [view.value(ancestor)]
    body = success_body(context.judge.schemas, response, values)
    return encode(with_fields(body, info.fields))


def with_fields(body: Any, fields: Mapping[tuple[str, ...], Any]) -> Any:
    """Return a body with values at paths of properties; OMITTED removes the property."""
    for path, value in fields.items():
        body = _with_field(body, path, value)
    return body


def _with_field(body: Any, path: tuple[str, ...], value: Any) -> Any:
    name, *rest = path
    members = dict(body) if isinstance(body, dict) else {}
    if rest:
        members[name] = _with_field(members.get(name), tuple(rest), value)
    elif value is OMITTED:
        members.pop(name, None)
    else:
        members[name] = value
    return members
