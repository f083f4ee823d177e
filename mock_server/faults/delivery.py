"""Deliver a response as a fault wants it: late, slowly, or only in part.

This module decides what is sent and when. How to wait for a client and how to end its connection is
the affair of the `Client` that the server, or the WSGI application, passes in.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NoReturn, Protocol

from ..contract.exchange import Delivery

PIECES_PER_SECOND = 10  # at most, of a slow body


class Client(Protocol):
    """The client of a response, as far as its delivery needs it."""

    def wait(self, seconds: float) -> None:
        """Wait. Raise ConnectionError as soon as the client has left."""

    def disconnect(self, reset: bool) -> NoReturn:
        """End the connection with FIN, or with RST if ``reset``. Raise ConnectionError."""


def deliver(parts: Iterable[bytes], delivery: Delivery, client: Client) -> Iterator[bytes]:
    """Yield the parts of a body when they are due.

    Raises ConnectionError where the delivery ends the connection.
    """
    try:
        client.wait(delivery.delay)
        if delivery.cut_at == -1:
            client.disconnect(delivery.reset)
        for part in _until_cut(parts, delivery):
            if part is None:
                client.disconnect(delivery.reset)
            elif delivery.rate is None or not part:
                yield part
            else:
                yield from _slowly(part, delivery.rate, client)
    finally:
        close = getattr(parts, "close", None)
        if close is not None:
            close()


def _until_cut(parts: Iterable[bytes], delivery: Delivery) -> Iterator[bytes | None]:
    """Yield the parts up to the cut, then None.

    An empty part comes first if the cut is at 0, so that the headers are sent.
    """
    bytes_left, events_left = delivery.cut_at, delivery.cut_after
    if bytes_left == 0 or events_left == 0:
        yield b""
        yield None
    for part in parts:
        if bytes_left is not None:
            yield part[:bytes_left]
            bytes_left -= min(bytes_left, len(part))
        else:
            yield part
        if events_left is not None and part.startswith(b"id:"):  # a comment has no id
            events_left -= 1
        if bytes_left == 0 or events_left == 0:
            yield None
    if bytes_left is not None:  # the body was shorter than the cut, as for HEAD
        yield None


def _slowly(part: bytes, rate: float, client: Client) -> Iterator[bytes]:
    size = max(1, int(rate / PIECES_PER_SECOND))
    for start in range(0, len(part), size):
        piece = part[start : start + size]
        yield piece
        client.wait(len(piece) / rate)
