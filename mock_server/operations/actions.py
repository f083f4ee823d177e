"""The behaviour of each operation, which follows from its shape in the document.

The functions contain no property and no error code: ``x-lookup`` and ``x-resource`` in the spec
describe the lookup, and the documented responses describe the body. An operation without any of
them returns a documented response.
"""

from __future__ import annotations

from collections.abc import Callable

from ..contract.document.operation import Operation
from ..contract.exchange import Response
from ..state.catalog import Resource
from ..state.sessions import TooManyStreamsError
from . import documented
from .call import Context, OperationCall, RefusalError, view_of
from .changes import writes
from .event_stream import ResourceStream
from .lookup import check_parent, find_resource, matching_index, request_keys
from .paging import paged
from .responses import success

# Browsers and proxies must not keep events back. A development server that compresses responses
# waits for their end, unless no-transform forbids it (RFC 9111, section 5.2.2.6). nginx reads the
# other header.
STREAM_HEADERS = (("Cache-Control", "no-store, no-transform"), ("X-Accel-Buffering", "no"))


def run(context: Context, call: OperationCall) -> Response:
    """Return the response of an operation. Raise RefusalError for an error that it documents."""
    return BEHAVIOURS[behaviour(call.operation)](context, call)


def behaviour(operation: Operation) -> str:
    """Return the name of the behaviour that follows from the shape of an operation."""
    if operation.does is not None:
        return operation.does
    if operation.lookup is None:
        return "documented"
    if operation.success.events:
        return "stream"
    return "list" if operation.success.returns_list else "find"


def find(context: Context, call: OperationCall) -> Response:
    """Return one resource, or 304 if the client has this version (RFC 9110, section 13.1.2)."""
    response = success(context, call, [find_resource(context, call)])
    tag, known = response.header("etag"), call.headers.get("if-none-match", "")
    if tag is None or not call.operation.documented(304):
        return response
    is_known = tag in [each.strip().removeprefix("W/") for each in known.split(",")]
    return Response(304, (("ETag", tag),)) if is_known else response


def list_all(context: Context, call: OperationCall) -> Response:
    """Return the resources that match the keys and filters of the request; maybe none.

    Raises RefusalError (404) if the path names a parent that does not exist, if 404 is documented.
    """
    keys, lookup = request_keys(call), call.operation.lookup
    filters = {name: keys[name] for name in (lookup.filters if lookup else ()) if name in keys}
    view = view_of(context, call)
    found: list[Resource] = []
    for index, key in matching_index(context, call):
        found += view.found(index, key)
        if not found and index.way.by.keys() <= call.request.path.keys():
            check_parent(view, call, index)
    if lookup and not lookup.ways:
        found += view.all(lookup.finds)
    if lookup and lookup.page:
        return paged(context, call, found, filters)
    return success(context, call, found, filters)


def watch(context: Context, call: OperationCall) -> Response:
    """Return a stream of events for the changes of a resource.

    With ``Last-Event-ID``, it continues after that event. Raises RefusalError: 404 for a resource
    without a timeline, 503 if too many streams are open.
    """
    resource = find_resource(context, call)
    if resource.type.timeline is None:
        raise RefusalError(404)
    response = call.operation.success
    events = ResourceStream(
        context.judge, context.dataset, context.sessions, call.session, resource, response.events
    )
    last_id = call.headers.get("last-event-id", "")
    position = events.position_of(last_id, call.session_state, call.now)
    if position is not None:
        due = events.due(call.session_state, call.now, position)
        if due.complete and not due.events:
            return Response(204)
    try:
        stream = events.open(position)
    except TooManyStreamsError:
        raise RefusalError(503) from None
    headers = (("Content-Type", str(response.media_type)), *STREAM_HEADERS)
    playback = view_of(context, call).playback(resource)
    served = (playback.timeline.name,) if playback else ()
    return Response(response.status, headers, stream=stream, served=served)


BEHAVIOURS: dict[str, Callable[[Context, OperationCall], Response]] = {
    "restart": writes.restart,
    "stream": watch,
    "list": list_all,
    "find": find,
    "create": writes.create,
    "replace": writes.replace_one,
    "update": writes.update,
    "delete": writes.delete,
    "transition": writes.transition,
    "documented": documented.respond,
}
