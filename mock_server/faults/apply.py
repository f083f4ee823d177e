"""Apply the faults of a session to a response. One table maps each kind of fault to a function.

A ``status`` fault replaces the operation, which is not executed. All other kinds change the
response of an executed operation, in the order in which the faults were added.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any

from ..contract.document.operation import DocumentedResponse, Operation
from ..contract.document.references import resolve
from ..contract.exchange import Delivery, Response
from ..contract.judge import Judge
from ..generation.generate import CannotGenerateError
from ..http import error_responses
from ..operations.call import Context
from ..operations.documented import Wish, response_with
from . import contract_violations
from .definition import Fault, fault_of, hits

MARK = "X-Mock-Fault"
ERROR_HEADERS = {"Allow": "OPTIONS"}  # values of headers that a documented error must have
REPLACES_OPERATION = "status"  # the kind of fault


@dataclass(frozen=True)
class ActiveFault:
    """A fault that applies to the current request.

    count: number of the request among those that the fault counts, from 1.
    """

    fault: Fault
    count: int
    judge: Judge
    operation: Operation


def apply_faults(
    context: Context,
    session: str,
    faults: Sequence[Mapping[str, Any]],
    operation: Operation,
    operate: Callable[[], Response],
) -> Response:
    """Return the response of an operation after its faults, with their names in ``X-Mock-Fault``.

    operate: executes the operation; it is not called if a ``status`` fault applies.
    """
    active = [*_active_faults(context, session, faults, operation)]
    replacing = next((item for item in active if item.fault.kind == REPLACES_OPERATION), None)
    response = operate() if replacing is None else _error(replacing)
    for item in active:
        if item.fault.kind == REPLACES_OPERATION:
            changed = response if item is replacing else None  # only the first one applies
        else:
            changed = CHANGES[item.fault.kind](item, response)
        if changed is not None:
            response = replace(changed, faults=(*changed.faults, item.fault.name))
    if not response.faults:
        return response
    return response.with_headers([(MARK, ", ".join(response.faults))])


def _active_faults(
    context: Context, session: str, faults: Sequence[Mapping[str, Any]], operation: Operation
) -> Iterator[ActiveFault]:
    """Count the request for each fault of its operation; yield the faults that apply to it."""
    for fault in map(fault_of, faults):
        if fault.operation in (None, operation.id):
            count = context.sessions.store.increment(session, hits(fault.name))
            if fault.applies_to(count):
                yield ActiveFault(fault, count, context.judge, operation)


def _error(active: ActiveFault) -> Response:
    """Return the documented error of the status, or else an error in the same format."""
    status, after = active.fault.own["status"], active.fault.own.get("retry_after")
    retry_after = {} if after is None else {"Retry-After": str(after)}
    outside = active.judge.spec.outside
    documented = active.operation.documented(status) or outside.get(status)
    if documented is None and 500 not in outside:
        return error_responses.problem(status).with_headers(retry_after.items())
    if documented is None:
        body = _undocumented_error(active.judge, outside[500], status)
        return Response(
            status, (*error_responses.JSON, *retry_after.items()), error_responses.encode(body)
        )
    if documented.contents and not documented.examples:
        return _generated_error(active, documented).with_headers(retry_after.items())
    response = error_responses.error(documented)
    required = {name: text for name, text in ERROR_HEADERS.items() if name in documented.headers}
    headers = {**dict(response.headers), **required, **retry_after}
    return replace(response, headers=tuple(headers.items()))


def _generated_error(active: ActiveFault, documented: DocumentedResponse) -> Response:
    """Return a documented error that the document shows no named example of."""
    try:
        return response_with(active.judge.schemas, documented, Wish(seed=str(documented.status)))
    except CannotGenerateError:
        return error_responses.problem(documented.status)


def _undocumented_error(judge: Judge, template: DocumentedResponse, status: int) -> Any:
    """Return an error body in the format of a documented one, with the code and text of a status.

    The property with a ``const`` gets the code, such as ``too_many_requests``; the others get the
    text, such as "Too Many Requests".
    """
    known = status in HTTPStatus.__members__.values()
    phrase = HTTPStatus(status).phrase if known else f"Status {status}"
    code = phrase.lower().replace(" ", "_").replace("-", "_").replace("'", "")
    schema = resolve(judge.spec.data, {"$ref": f"#{template.schema}"})
    return {
        envelope: {
            name: code if "const" in error["properties"][name] else phrase
            for name in error["required"]
        }
        for envelope, error in schema["properties"].items()
    }


# Each function below returns the changed response, or None if the fault cannot change this one.


def _delay(active: ActiveFault, response: Response) -> Response:
    own = active.fault.own
    seconds = own["seconds"] + own["jitter"] * active.fault.chance(active.count, "jitter")
    delivery = response.delivery or Delivery()
    return replace(response, delivery=replace(delivery, delay=delivery.delay + seconds))


def _slow_body(active: ActiveFault, response: Response) -> Response:
    delivery = response.delivery or Delivery()
    rate = min(active.fault.own["bytes_per_second"], delivery.rate or float("inf"))
    return replace(response, delivery=replace(delivery, rate=rate))


def _truncate(active: ActiveFault, response: Response) -> Response | None:
    size = active.fault.own.get("bytes", len(response.body) // 2)
    if response.stream is not None or size >= len(response.body):
        return None
    return replace(response, body=response.body[:size])


def _content_type(active: ActiveFault, response: Response) -> Response | None:
    if not response.media_type:
        return None
    others = [(name, text) for name, text in response.headers if name.lower() != "content-type"]
    content_type = ("Content-Type", active.fault.own["content_type"])
    return replace(response, headers=(content_type, *others))


def _violate(active: ActiveFault, response: Response) -> Response | None:
    own, documented = active.fault.own, active.operation.documented(response.status)
    if documented is None or documented.schema is None or response.stream is not None:
        return None
    body = contract_violations.break_body(
        active.judge, documented, response.body, own["property"], own["how"]
    )
    return None if body is None else replace(response, body=error_responses.encode(body))


def _drop(active: ActiveFault, response: Response) -> Response | None:
    own, delivery = active.fault.own, response.delivery or Delivery()
    if _is_cut(delivery):
        return None
    if own["when"] == "before":
        delivery = replace(delivery, cut_at=-1)
    elif response.stream is not None:
        delivery = replace(delivery, cut_after=1)
    else:
        delivery = replace(delivery, cut_at=len(response.body) // 2)
    return replace(response, delivery=replace(delivery, reset=own["how"] == "rst"))


def _cut_stream(active: ActiveFault, response: Response) -> Response | None:
    delivery = response.delivery or Delivery()
    if response.stream is None or _is_cut(delivery):
        return None
    return replace(response, delivery=replace(delivery, cut_after=active.fault.own["after"]))


def _is_cut(delivery: Delivery) -> bool:
    """Return whether an earlier fault already ends the connection."""
    return delivery.cut_at is not None or delivery.cut_after is not None


CHANGES: dict[str, Callable[[ActiveFault, Response], Response | None]] = {
    "delay": _delay,
    "slow-body": _slow_body,
    "truncate": _truncate,
    "content-type": _content_type,
    "violate": _violate,
    "drop": _drop,
    "cut-stream": _cut_stream,
}
