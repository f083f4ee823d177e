"""Serve a mock from a thread of this process. `serve`, `live()` and the tests all come here."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from ..app.handle import respond
from ..app.mock import Mock
from ..contract.exchange import Request, Response
from .event_loop import EventLoop
from .listener import listen, url
from .thread_pool import RunOn

LONG_BODY = 64 * 1024  # bytes; to parse a longer one takes as long as many other requests
CONTROL = "/_mock"  # a request below it may wait: for an exchange, or while a page is rendered


def event_loop(
    mock: Mock,
    listening: socket.socket,
    respond_with: Callable[[Request], Response] | None = None,
) -> EventLoop:
    """Return the event loop that serves a mock on a listening socket.

    respond_with: returns the response to a request, by default that of this mock.
    """
    store = mock.sessions.store

    def run_on(request: Request) -> RunOn:
        if CONTROL in request.path:
            return RunOn.THREAD
        waits = store.shared or len(request.body) > LONG_BODY
        return RunOn.QUEUE if waits else RunOn.LOOP

    handler = respond_with or partial(respond, mock)
    return EventLoop(
        listening, handler, run_on, store.max_concurrent_calls, mock.sessions.shut_down
    )


@contextmanager
def running(mock: Mock, host: str = "127.0.0.1", port: int = 0) -> Iterator[str]:
    """Serve a mock until the block ends. Yield its address, such as ``http://127.0.0.1:40123``."""
    listening = listen(host, port)
    loop = event_loop(mock, listening)
    thread = threading.Thread(target=loop.run, daemon=True)
    thread.start()
    try:
        yield url(host, port or listening.getsockname()[1])
    finally:
        loop.stop()
        thread.join()
