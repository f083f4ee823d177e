"""Find the valid path, method or id nearest to a requested one that does not exist."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ..contract.document.operation import PARAMETER, Operation
from ..contract.exchange import Request, Response
from ..contract.source import json_text
from ..contract.violations import LONGEST_COMPARED
from ..http.static_responses import MARK
from ..operations.call import Context


def near_miss(
    context: Context, operation: Operation | None, request: Request, response: Response
) -> dict[str, str] | None:
    """Return the near miss of a request (``near_miss`` in the journal); None if it matched.

    ``what`` is ``path``, ``method`` or the name of the property that did not match. ``asked`` is
    the requested value, ``nearest`` the valid value nearest to it.
    """
    if response.faults or response.header(MARK) is not None:
        return None
    if response.status == 404 and operation is not None:
        return next(_lookup_near_misses(context, operation, request), None)
    if response.status == 404:
        spec = context.dataset.spec
        paths = {
            _filled(prefix + operation.path, request.path)
            for operation in spec.operations.values()
            for prefix in operation.prefixes or spec.prefixes
        }
        return _nearest("path", request.path, paths)
    if response.status == 405:
        methods = (response.header("allow") or "").split(", ")
        return _nearest("method", request.method, methods)
    return None


def _filled(template: str, path: str) -> str:
    """Return the path of a template, with the parameters of a requested path as long as it."""
    expected, requested = template.split("/"), path.split("/")
    if "{" not in template or len(expected) != len(requested):
        return template
    segments = zip(expected, requested, strict=True)
    return "/".join(text if PARAMETER.fullmatch(part) else part for part, text in segments)


def _lookup_near_misses(
    context: Context, operation: Operation, request: Request
) -> Iterator[dict[str, str]]:
    """Yield the near misses of the first index for which the request has all properties."""
    values = _values(request)
    for index in context.dataset.catalog.indexes.get(operation.id, ()):
        names = list(index.way.by)
        if all(isinstance(values.get(name), str) for name in names):
            for position, name in enumerate(names):
                valid = {key[position] for key in index.resources}
                if values[name] not in valid and (near := _nearest(name, values[name], valid)):
                    yield near
            return


def _values(request: Request) -> Mapping[str, Any]:
    """Return the properties of the JSON body, or else the query."""
    try:
        body = json_text.parse(request.body) if request.body else None
    except ValueError:
        body = None
    return body if isinstance(body, dict) else dict(request.query)


def _nearest(what: str, value: str, valid: Iterable[str]) -> dict[str, str] | None:
    if len(value) > LONGEST_COMPARED:
        return None
    close = difflib.get_close_matches(value, sorted(valid), n=1, cutoff=0.0)
    return {"what": what, "asked": value, "nearest": close[0]} if close else None
