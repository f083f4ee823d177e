"""What the faults do to an answer: one table, kind to function.

``status`` comes in place of the operation, which does not happen. All others disturb the answer of
an operation that has happened, in the order in which they were given.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any

from ..contract.document.spec import DocumentedResponse, Operation, resolve
from ..contract.exchange import Delivery, Response
from ..contract.judge import Judge
from ..http import error_responses
from ..operations.call import Context
from . import contract_violations
from .definition import Fault, fault_of, hits

MARK = "X-Mock-Fault"
NEEDED = {"Allow": "OPTIONS"}  # what a documented error may not lack
INSTEAD = "status"


@dataclass(frozen=True)
class Strike:
    """A fault that strikes a request, the ``count``-th of those it concerns."""

    fault: Fault
    count: int
    judge: Judge
    operation: Operation


def disturb(
    context: Context,
    session: str,
    faults: Sequence[Mapping[str, Any]],
    operation: Operation,
    operate: Callable[[], Response],
) -> Response:
    """The answer of an operation as the faults of a session leave it, marked with their names.

    operate: answers the request; it is not asked when a fault answers in place of the operation.
    """
    if not faults:
        return operate()
    strikes = [*_strikes(context, session, faults, operation)]
    instead = next((strike for strike in strikes if strike.fault.kind == INSTEAD), None)
    answer = operate() if instead is None else _error(instead)
    for strike in strikes:
        if strike.fault.kind == INSTEAD:
            disturbed = answer if strike is instead else None
        else:
            disturbed = DISTURBANCES[strike.fault.kind](strike, answer)
        if disturbed is not None:
            answer = replace(disturbed, faults=(*disturbed.faults, strike.fault.name))
    return answer.with_headers([(MARK, ", ".join(answer.faults))]) if answer.faults else answer


def _strikes(
    context: Context, session: str, faults: Sequence[Mapping[str, Any]], operation: Operation
) -> Iterator[Strike]:
    """The faults that strike a request of the operation, which each that concerns it counts."""
    for fault in map(fault_of, faults):
        if fault.operation in (None, operation.id):
            count = context.sessions.store.increment(session, hits(fault.name))
            if fault.strikes(count):
                yield Strike(fault, count, context.judge, operation)


def _error(strike: Strike) -> Response:
    """The documented error of a status, else one of the same form."""
    status, after = strike.fault.own["status"], strike.fault.own.get("retry_after")
    given = {} if after is None else {"Retry-After": str(after)}
    outside = strike.judge.spec.outside
    response = strike.operation.responses.get(status) or outside.get(status)
    if response is None:
        body = _envelope(strike.judge, outside[500], status)
        return Response(
            status, (*error_responses.JSON, *given.items()), error_responses.encode(body)
        )
    answer = error_responses.error(response)
    needed = {name: text for name, text in NEEDED.items() if name in response.headers}
    said = {**dict(answer.headers), **needed, **given}
    return replace(answer, headers=tuple(said.items()))


def _envelope(judge: Judge, like: DocumentedResponse, status: int) -> Any:
    """An error of the form of a documented one: its constant is the code, its text the message."""
    known = status in HTTPStatus.__members__.values()
    phrase = HTTPStatus(status).phrase if known else f"Status {status}"
    code = phrase.lower().replace(" ", "_").replace("-", "_").replace("'", "")
    form = resolve(judge.spec.data, {"$ref": f"#{like.schema}"})
    return {
        outer: {
            name: code if "const" in says["properties"][name] else phrase
            for name in says["required"]
        }
        for outer, says in form["properties"].items()
    }


def _delay(strike: Strike, answer: Response) -> Response:
    own = strike.fault.own
    seconds = own["seconds"] + own["jitter"] * strike.fault.chance(strike.count, "jitter")
    delivery = answer.delivery or Delivery()
    return replace(answer, delivery=replace(delivery, delay=delivery.delay + seconds))


def _slow_body(strike: Strike, answer: Response) -> Response:
    delivery = answer.delivery or Delivery()
    rate = min(strike.fault.own["bytes_per_second"], delivery.rate or float("inf"))
    return replace(answer, delivery=replace(delivery, rate=rate))


def _truncate(strike: Strike, answer: Response) -> Response | None:
    size = strike.fault.own.get("bytes", len(answer.body) // 2)
    if answer.stream is not None or size >= len(answer.body):
        return None
    return replace(answer, body=answer.body[:size])


def _content_type(strike: Strike, answer: Response) -> Response | None:
    if not answer.media_type:
        return None
    kept = [(name, text) for name, text in answer.headers if name.lower() != "content-type"]
    said = ("Content-Type", strike.fault.own["content_type"])
    return replace(answer, headers=(said, *kept))


def _violate(strike: Strike, answer: Response) -> Response | None:
    own, response = strike.fault.own, strike.operation.responses.get(answer.status)
    if response is None or response.schema is None or answer.stream is not None:
        return None
    body = contract_violations.broken(
        strike.judge, response, answer.body, own["property"], own["how"]
    )
    return None if body is None else replace(answer, body=error_responses.encode(body))


def _drop(strike: Strike, answer: Response) -> Response | None:
    own, delivery = strike.fault.own, answer.delivery or Delivery()
    if delivery.cut_at is not None or delivery.cut_after is not None:
        return None  # it is cut already
    if own["when"] == "before":
        delivery = replace(delivery, cut_at=-1)
    elif answer.stream is not None:
        delivery = replace(delivery, cut_after=1)
    else:
        delivery = replace(delivery, cut_at=len(answer.body) // 2)
    return replace(answer, delivery=replace(delivery, reset=own["how"] == "rst"))


def _cut_stream(strike: Strike, answer: Response) -> Response | None:
    delivery = answer.delivery or Delivery()
    cut = delivery.cut_at is not None or delivery.cut_after is not None
    if answer.stream is None or cut:
        return None
    return replace(answer, delivery=replace(delivery, cut_after=strike.fault.own["after"]))


DISTURBANCES: dict[str, Callable[[Strike, Response], Response | None]] = {
    "delay": _delay,
    "slow-body": _slow_body,
    "truncate": _truncate,
    "content-type": _content_type,
    "violate": _violate,
    "drop": _drop,
    "cut-stream": _cut_stream,
}
