"""Deliver a response as a fault wants it: late, slowly, or only in part."""

from __future__ import annotations

from contextlib import closing

from ..contract.exchange import Delivery, Response
from ..contract.parts import Disconnect, Part, Parts, Pause

PIECES_PER_SECOND = 10  # at most, of a slow body


def body_parts(response: Response, method: str) -> Parts:
    """Yield the body of a response in parts, as its delivery wants it; no byte of it for HEAD."""
    parts = response.stream or _whole(b"" if method == "HEAD" else response.body)
    if response.stream is not None and method == "HEAD":
        response.stream.close()
        parts = _whole(b"")
    return parts if response.delivery is None else deliver(parts, response.delivery)


def _whole(body: bytes) -> Parts:
    yield body


def deliver(parts: Parts, delivery: Delivery) -> Parts:
    """Yield the parts of a body, with the pauses and the end that a fault adds."""
    with closing(parts):
        if delivery.delay > 0:
            yield Pause(delivery.delay)
        if delivery.cut_at == -1:
            yield Disconnect(delivery.reset)
            return
        for part in _until_cut(parts, delivery):
            if isinstance(part, bytes) and part and delivery.rate is not None:
                yield from _slowly(part, delivery.rate)
            else:
                yield part


def _until_cut(parts: Parts, delivery: Delivery) -> Parts:
    """Yield the parts up to the cut, and then the end of the connection.

    An empty part comes first if the cut is at 0, so that the headers are sent.
    """
    end = Disconnect(delivery.reset)
    bytes_left, events_left = delivery.cut_at, delivery.cut_after
    if bytes_left == 0 or events_left == 0:
        yield b""
        yield end
        return
    for part in parts:
        shown, bytes_left = _up_to(part, bytes_left)
        yield shown
        if events_left is not None and _is_event(part):
            events_left -= 1
        if bytes_left == 0 or events_left == 0:
            yield end
            return
    if bytes_left is not None:  # the body was shorter than the cut, as for HEAD
        yield end


def _up_to(part: Part, most: int | None) -> tuple[Part, int | None]:
    """Return a part with at most ``most`` bytes, and how many are left for the next ones."""
    if most is None or not isinstance(part, bytes):
        return part, most
    return part[:most], most - min(most, len(part))


def _is_event(part: Part) -> bool:
    return isinstance(part, bytes) and part.startswith(b"id:")  # a comment has no id


def _slowly(part: bytes, rate: float) -> Parts:
    size = max(1, int(rate / PIECES_PER_SECOND))
    for start in range(0, len(part), size):
        piece = part[start : start + size]
        yield piece
        yield Pause(len(piece) / rate)
