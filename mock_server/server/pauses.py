"""The connections that pause between two parts of a response, and when they go on.

No thread waits for them. A pause ends when its time is over, or when what it watches has changed:
another thread or the poll of a shared store then wakes the event loop.
"""

from __future__ import annotations

import select
import socket
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from heapq import heappop, heappush
from itertools import count

from ..contract.parts import Pause
from ..foundation.clock import monotonic
from .connections import Connection

MAX_AT_ONCE = 16  # connections that go on at once, so that many do not keep others waiting
CHECK = 1.0  # seconds between two checks whether the client of a pause is still connected
# POLLRDHUP reports a client that has closed its side, also when it sent more requests before. Where
# the system lacks it (macOS), the next byte is looked at instead.
POLLRDHUP = getattr(select, "POLLRDHUP", 0)
LEFT = select.POLLHUP | select.POLLERR | POLLRDHUP


@dataclass(frozen=True, eq=False)
class _Paused:
    """A pause that has started. until: its end (monotonic clock, seconds)."""

    connection: Connection
    pause: Pause
    until: float


class Pauses:
    """The pauses of all connections. wake_loop: has the loop call ``over``, from any thread."""

    def __init__(self, wake_loop: Callable[[], None]) -> None:
        self._wake_loop = wake_loop
        self._paused: dict[_Paused, Callable[[], None] | None] = {}  # value: ends what it watches
        self._timers: list[tuple[float, int, _Paused]] = []  # a heap, by the time of the next look
        self._numbers = count()  # of timers, so that those of the same time can be compared
        self._woken: deque[_Paused] = deque()

    def start(self, connection: Connection, pause: Pause) -> None:
        """Have a connection go on after a pause."""
        now = monotonic()
        paused = _Paused(connection, pause, now + pause.seconds)
        self._paused[paused] = None
        self._look_later(paused, now)
        if pause.watch is not None:
            self._paused[paused] = pause.watch(partial(self._wake, paused))

    def end_watching(self) -> None:
        """End the pauses that watch something, as what they watch is ending."""
        for paused in list(self._paused):
            if paused.pause.watch is not None:
                self._woken.append(paused)

    def seconds(self, longest: float) -> float:
        """Return the seconds, at most ``longest``, until the next call of ``over``."""
        if self._woken:
            return 0.0
        if not self._timers:
            return longest
        return min(max(self._timers[0][0] - monotonic(), 0.0), longest)

    def over(self) -> list[tuple[Connection, bool]]:
        """Return connections whose pause is over or whose client has left, each with whether it has
        left: a few at once."""
        now, over = monotonic(), list[tuple[Connection, bool]]()
        while len(over) < MAX_AT_ONCE:
            if self._woken:
                paused, is_over = self._woken.popleft(), True
            elif self._timers and self._timers[0][0] <= now:
                paused = heappop(self._timers)[2]
                is_over = paused.until <= now
            else:
                break
            if paused not in self._paused:
                continue
            left = paused.pause.seconds > 0 and has_left(paused.connection.socket)
            if is_over or left:
                end = self._paused.pop(paused)
                if end is not None:
                    end()
                over.append((paused.connection, left))
            else:
                self._look_later(paused, now)
        return over

    def _look_later(self, paused: _Paused, now: float) -> None:
        at = min(paused.until, now + CHECK)
        heappush(self._timers, (at, next(self._numbers), paused))

    def _wake(self, paused: _Paused) -> None:
        self._woken.append(paused)
        if len(self._woken) == 1:  # else the loop is awake, or about to be
            self._wake_loop()


def has_left(client: socket.socket) -> bool:
    """Return whether a client has closed its connection."""
    poll = select.poll()
    try:
        poll.register(client, LEFT)
        if poll.poll(0):
            return True
        return not POLLRDHUP and _is_at_end(client)
    except (OSError, ValueError):
        return True


def _is_at_end(client: socket.socket) -> bool:
    with suppress(BlockingIOError):
        return not client.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
    return False
