"""A mock that is served from a thread of this process."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from ..app.handle import respond
from ..app.mock import Mock
from ..contract.exchange import Request, Response
from .event_loop import Loop
from .listener import listen, url
from .thread_pool import Way

OWN = "/_mock"  # below which requests may wait: for an exchange, for what a page draws


def loop_of(
    mock: Mock, listening: socket.socket, answering: Callable[[Request], Response] | None = None
) -> Loop:
    """The loop that will serve a mock, and whatever comes in its place, on what listens.

    answering: answers a request, by default with this mock.
    """
    store = mock.sessions.store

    def way(request: Request) -> Way:
        if OWN in request.path:
            return Way.ASIDE
        return Way.LANE if store.shared else Way.HERE

    answers = answering or partial(respond, mock)
    return Loop(listening, answers, way, store.at_once, mock.sessions.end)


@contextmanager
def running(mock: Mock, host: str = "127.0.0.1", port: int = 0) -> Iterator[str]:
    """Serves the mock from a thread; yields its address, such as ``http://127.0.0.1:40123``."""
    listening = listen(host, port)
    loop = loop_of(mock, listening)
    thread = threading.Thread(target=loop.run, daemon=True)
    thread.start()
    try:
        yield url(host, port or listening.getsockname()[1])
    finally:
        loop.stop()
        thread.join()
