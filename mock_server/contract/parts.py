"""The parts of a body that is sent over time: bytes, pauses, and an end without a last byte.

    yield b"id: 1\\n\\n"                  bytes to send
    yield Pause(1.0, changes.watch)     nothing to send for a second, or until something changes
    yield Disconnect(reset=True)        end the connection

A generator of parts does not wait itself: the server that sends the body does. So one thread can
send any number of bodies.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from dataclasses import dataclass

Wake = Callable[[], None]
Watch = Callable[[Wake], Callable[[], None]]


@dataclass(frozen=True)
class Pause:
    """A time in which nothing is sent.

    seconds: until the next part. watch: takes a function, and calls it once if the next part is due
    earlier, from any thread; returns a function that ends this.
    """

    seconds: float
    watch: Watch | None = None

    def wait(self) -> None:
        """Wait in this thread until the pause is over."""
        over = threading.Event()
        end = self.watch(over.set) if self.watch else None
        over.wait(max(self.seconds, 0))
        if end is not None:
            end()


@dataclass(frozen=True)
class Disconnect:
    """The end of a connection within a response. reset: with RST instead of FIN."""

    reset: bool


Part = bytes | Pause | Disconnect
Parts = Generator[Part, None, None]
