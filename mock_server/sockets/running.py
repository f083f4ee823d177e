"""A mock that is served from a thread of this process."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from ..address import listen, url
from ..app import Mock, respond
from ..contract.exchange import Request
from .loop import Loop

OWN = "/_mock"  # below which requests may wait: for an exchange, for what a page draws


def loop_of(mock: Mock, host: str, port: int) -> tuple[Loop, str]:
    """The loop that will serve a mock, and its address. Raises ContractError when it cannot listen
    there."""
    listening = listen(host, port)
    shared = mock.sessions.store.shared

    def waits(request: Request) -> bool:
        return shared or OWN in request.path

    loop = Loop(listening, partial(respond, mock), waits, mock.sessions.let_go)
    return loop, url(host, listening.getsockname()[1])


@contextmanager
def running(mock: Mock, host: str = "127.0.0.1", port: int = 0) -> Iterator[str]:
    """Serves the mock from a thread; yields its address, such as ``http://127.0.0.1:40123``."""
    loop, address = loop_of(mock, host, port)
    thread = threading.Thread(target=loop.run, daemon=True)
    thread.start()
    try:
        yield address
    finally:
        loop.stop()
        thread.join()
