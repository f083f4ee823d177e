"""Open event streams of a release that is rebuilt each second."""

from __future__ import annotations

import json
import selectors
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass

from .requests import REBUILD, Request, send

STREAMED_RELEASE = "rel_failed_transpilation"
REBUILD_STREAMED = Request(
    "rebuild", REBUILD.path, json.dumps({"package_release_id": STREAMED_RELEASE})
)
EVENT = b"\ndata:"


@dataclass
class EventCount:
    """The number of events received over all streams."""

    streams: int
    events: int = 0


@contextmanager
def open_streams(address: str, count: int) -> Iterator[EventCount]:
    """Open this many streams of one release, and rebuild it each second until the block ends."""
    received, stop = EventCount(count), threading.Event()
    with ExitStack() as stack:
        send(address, REBUILD_STREAMED)
        selector = stack.enter_context(selectors.DefaultSelector())
        for _ in range(count):
            selector.register(stack.enter_context(_stream(address)), selectors.EVENT_READ)
        threads = [
            threading.Thread(target=_receive, args=(selector, received, stop)),
            threading.Thread(target=_rebuild, args=(address, stop)),
        ]
        for thread in threads:
            thread.start()
        try:
            yield received
        finally:
            stop.set()
            for thread in threads:
                thread.join()


def _stream(address: str) -> socket.socket:
    host, _, prefix = address.partition("/")
    name, _, port = host.partition(":")
    connection = socket.create_connection((name, int(port)), timeout=10)
    path = f"/{prefix}/package_releases/events?package_release_id={STREAMED_RELEASE}"
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
    return connection


def _receive(selector: selectors.BaseSelector, received: EventCount, stop: threading.Event) -> None:
    while not stop.is_set():
        for key, _ in selector.select(0.1):
            if data := key.fileobj.recv(65_536):  # type: ignore[union-attr]
                received.events += data.count(EVENT)
            else:
                selector.unregister(key.fileobj)


def _rebuild(address: str, stop: threading.Event) -> None:
    while not stop.wait(1):
        with suppress(OSError):  # an overloaded server: the response times show it
            send(address, REBUILD_STREAMED)
