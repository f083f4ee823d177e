"""What somebody may have meant who asked for what is not there."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ..contract.document.spec import Operation
from ..contract.exchange import Request, Response
from ..contract.source import json_text
from ..http.static_responses import MARK
from ..operations.call import Context


def near_miss(
    context: Context, operation: Operation | None, request: Request, answer: Response
) -> dict[str, str] | None:
    """What did not match (``path``, ``method``, or the name of a key), what was asked, and the
    valid text nearest to it; None for a request that matched."""
    if answer.faults or answer.header(MARK) is not None:
        return None
    if answer.status == 404 and operation is not None:
        return next(_of_keys(context, operation, request), None)
    if answer.status == 404:
        spec = context.dataset.spec
        paths = [p + o.path for o in spec.operations.values() for p in spec.prefixes]
        return _nearest("path", request.path, paths)
    if answer.status == 405:
        methods = (answer.header("allow") or "").split(", ")
        return _nearest("method", request.method, methods)
    return None


def _of_keys(context: Context, operation: Operation, request: Request) -> Iterator[dict[str, str]]:
    """The near misses of the first way to look up whose keys are all given."""
    given = _given(request)
    for index in context.dataset.catalog.indexes.get(operation.id, ()):
        names = list(index.way.by)
        if all(isinstance(given.get(name), str) for name in names):
            for place, name in enumerate(names):
                valid = {key[place] for key in index.resources}
                if given[name] not in valid and (near := _nearest(name, given[name], valid)):
                    yield near
            return


def _given(request: Request) -> Mapping[str, Any]:
    try:
        body = json_text.parse(request.body) if request.body else None
    except ValueError:
        body = None
    return body if isinstance(body, dict) else dict(request.query)


def _nearest(what: str, asked: str, valid: Iterable[str]) -> dict[str, str] | None:
    close = difflib.get_close_matches(asked, sorted(valid), n=1, cutoff=0.0)
    return {"what": what, "asked": asked, "nearest": close[0]} if close else None
