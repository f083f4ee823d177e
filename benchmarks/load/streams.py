"""Open streams of a release whose builds begin anew each second."""

from __future__ import annotations

import json
import selectors
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass

from .requests import REBUILD, Asked, ask

FOLLOWED = "rel_failed_transpilation"
ANEW = Asked("rebuild", REBUILD.path, json.dumps({"package_release_id": FOLLOWED}))
EVENT = b"\ndata:"


@dataclass
class Heard:
    """How many events have come, over how many streams."""

    streams: int
    events: int = 0


@contextmanager
def following(address: str, count: int) -> Iterator[Heard]:
    """Follows a release over so many streams, and rebuilds it each second, until left."""
    heard, stop = Heard(count), threading.Event()
    with ExitStack() as stack:
        ask(address, ANEW)
        selector = stack.enter_context(selectors.DefaultSelector())
        for _ in range(count):
            selector.register(stack.enter_context(_stream(address)), selectors.EVENT_READ)
        threads = [
            threading.Thread(target=_listen, args=(selector, heard, stop)),
            threading.Thread(target=_rebuild, args=(address, stop)),
        ]
        for thread in threads:
            thread.start()
        try:
            yield heard
        finally:
            stop.set()
            for thread in threads:
                thread.join()


def _stream(address: str) -> socket.socket:
    host, _, prefix = address.partition("/")
    name, _, port = host.partition(":")
    opened = socket.create_connection((name, int(port)), timeout=10)
    path = f"/{prefix}/package_releases/events?package_release_id={FOLLOWED}"
    opened.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
    return opened


def _listen(selector: selectors.BaseSelector, heard: Heard, stop: threading.Event) -> None:
    while not stop.is_set():
        for key, _ in selector.select(0.1):
            if data := key.fileobj.recv(65_536):  # type: ignore[union-attr]
                heard.events += data.count(EVENT)
            else:
                selector.unregister(key.fileobj)


def _rebuild(address: str, stop: threading.Event) -> None:
    while not stop.wait(1):
        with suppress(OSError):  # a server that is overloaded: its readings say so
            ask(address, ANEW)
