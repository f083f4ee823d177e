"""Answers that take their time, each in a thread: streams, slow faults, a store far away."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterable

from ..contract.exchange import Answer, Request
from ..delivery import SOCKET, deliver
from ..wsgi import tell, while_listened
from . import outgoing
from .incoming import Message


def answer(
    client: socket.socket, message: Message, last: bool, respond: Callable[[Request], Answer]
) -> bool:
    """Answers a message on a connection that waits for it; whether it can be used again.

    Raises OSError when the client has left, ConnectionError also where a fault ends it.
    """
    began = time.perf_counter()
    told = respond(message.request)
    tell(message.request, told, began)
    plain = told.stream is None
    last = last or told.delivery is not None or (not plain and message.old)
    head = outgoing.head(told, message, last)
    if plain and told.delivery is None:
        client.sendall(head + outgoing.body(told, message))
        return not last
    parts = _parts(told, message, client)
    if told.delivery is not None:
        parts = deliver(parts, told.delivery, {SOCKET: client})
    for part in parts:
        sent = part if plain or message.old else outgoing.chunk(part)
        if head or sent:
            client.sendall(head + sent)
            head = b""
    if head:
        client.sendall(head)
    if not plain and not message.old and message.request.method != "HEAD":
        client.sendall(outgoing.LAST_CHUNK)
    return not last


def _parts(told: Answer, message: Message, client: socket.socket) -> Iterable[bytes]:
    """The parts of a body, the first one also when it is empty: the headers go before it."""
    if told.stream is None:
        return [outgoing.body(told, message)]
    if message.request.method == "HEAD":
        told.stream.close()
        return [b""]
    return while_listened(told.stream, client)
