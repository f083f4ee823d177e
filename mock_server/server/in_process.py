"""Serve a mock from a thread of this process. `serve`, `live()` and the tests all come here."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TypeVar

from ..app.handle import respond
from ..app.mock import Mock
from ..contract.exchange import Request, Response
from ..gallery.index import DOCUMENTS
from ..state.session_names import CONTROL, SessionNameError, session_of
from .event_loop import EventLoop
from .limits import Limits
from .listener import listen, url
from .pending import Made, Pending
from .threads.slow_requests import SlowRequests, Stopwatch

Result = TypeVar("Result")

WAITING = 64  # requests that wait for another server at once
LONG_BODY = 64 * 1024  # bytes; to parse a longer one takes as long as many other requests
ITEM = 2  # bytes of the shortest item of a list, which rules may read


def event_loop(
    current: Callable[[], Mock],
    listening: socket.socket,
    respond_with: Callable[[Mock, Request], Response] = respond,
    limits: Limits | None = None,
    start: Callable[[Mock, Request], Made] | None = None,
) -> EventLoop:
    """Return the event loop that serves a mock on a listening socket.

    current: returns the mock, which is another one after a reload, with the same sessions.
    respond_with: returns the response of a mock to a request. start: the same for a mock that waits
    for another server, but without waiting.
    """
    sessions = current().sessions
    store = sessions.store

    def kind_of(request: Request) -> Hashable:
        try:
            session, inner = session_of(request)
        except SessionNameError:
            return None
        match = current().resolver.router.match(inner.method, inner.path)
        return session, match.endpoint.id if match and match.endpoint else None

    slow_requests = SlowRequests(kind_of)

    def is_large(request: Request) -> bool:
        items = len(request.body) // ITEM
        if not items:
            return False
        return items > min(current().context.judge.rules.longest_fast_list, LONG_BODY // ITEM)

    def is_slow(request: Request) -> bool:
        pages = CONTROL in request.path or request.path.endswith(DOCUMENTS)
        large = store.shared or pages or is_large(request)
        return large or slow_requests.includes(request)

    def measured(request: Request, make: Callable[[], Result], stopwatch: Stopwatch) -> Result:
        started_at = stopwatch.start()
        made = make()
        seconds = stopwatch.seconds(started_at)
        if seconds >= slow_requests.slow and not is_large(request):
            slow_requests.note(request, seconds)
        return made

    of_loop = Stopwatch()

    def started(request: Request) -> Made:
        if is_slow(request):
            made_later = partial(respond_with, current(), request)
            return lambda: measured(request, made_later, Stopwatch())
        made = measured(request, partial(start or respond_with, current(), request), of_loop)
        if isinstance(made, Pending):
            made.advance = partial(measured, request, made.advance, of_loop)
        return made

    within = (limits or Limits()).within_descriptors()
    # A thread that waits for another server computes little.
    width = WAITING if start else store.max_concurrent_calls
    loop = EventLoop(listening, started, width, sessions.shut_down, within)
    sessions.while_waiting = loop.released
    return loop


@contextmanager
def running(
    mock: Mock, host: str = "127.0.0.1", port: int = 0, limits: Limits | None = None
) -> Iterator[str]:
    """Serve a mock until the block ends. Yield its address, such as ``http://127.0.0.1:40123``."""
    listening = listen(host, port)
    loop = event_loop(lambda: mock, listening, limits=limits)
    thread = threading.Thread(target=loop.run, daemon=True)
    thread.start()
    try:
        yield url(host, port or listening.getsockname()[1])
    finally:
        loop.stop()
        thread.join()
