"""The sessions of a mock: read their state, change it, restart them, delete them.

The store knows which sessions exist and when each was used last. This process caches what it has
read and reported, so that most requests need no call of the store.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from functools import partial

from ..contract.parts import Pause
from ..foundation.clock import Wall
from ..stores import Store
from .session_state import SessionState, new_session_state, session_state_of

log = logging.getLogger("mock_server")

MAX_SESSIONS = 10_000
MAX_STREAMS = 512  # open streams, over all sessions
IN_USE = 60_000  # milliseconds since its last use in which a session is not removed
REPORT_INTERVAL = 5_000  # milliseconds between two reports of a session's use to a shared store
STATE = "state"  # name of the record that holds the state of a session


class TooManySessionsError(Exception):
    """The maximum number of sessions exists, and all of them are in use."""


class TooManyStreamsError(Exception):
    """The maximum number of streams is open."""


@dataclass
class Sessions:
    """The sessions in a store. Every method may raise StoreUnavailableError.

    wall: returns the time of the machine, in milliseconds since 1970.
    starts_at: timestamp (milliseconds) at which new sessions start; None for the time of the wall
    clock.
    shutting_down: set by ``shut_down``; a call that waits for a change then returns.
    while_waiting: returns the context in which a thread waits; a server sets it.
    """

    store: Store
    wall: Wall
    starts_at: int | None = None
    max_sessions: int = MAX_SESSIONS
    max_streams: int = MAX_STREAMS
    shutting_down: bool = field(default=False, init=False)
    while_waiting: Callable[[], AbstractContextManager[None]] = field(
        default=nullcontext, init=False
    )
    _last_use: tuple[str, int] = ("", -1)  # name and time (ms): the latest use needs no report
    _reported: dict[str, int] = field(default_factory=dict)  # last use that a shared store knows
    _open_streams: dict[object, str] = field(default_factory=dict)  # value: name of the session
    _cached: dict[str, tuple[int, SessionState]] = field(default_factory=dict)  # with the version
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def idle(self) -> int:
        """Milliseconds without a use after which a session may be removed.

        The store may not know about the uses of the last REPORT_INTERVAL.
        """
        return IN_USE + REPORT_INTERVAL if self.store.shared else IN_USE

    def names(self) -> list[str]:
        """Return the names of all sessions, the least recently used first."""
        return self.store.names()

    def session_state(self, name: str, wall: int | None = None) -> SessionState:
        """Return the state of a session. Create the session if it does not exist.

        wall: the time of the wall clock (ms), if the caller has read it. Raises
        TooManySessionsError.
        """
        return self.versioned(name, wall)[1]

    def versioned(self, name: str, wall: int | None = None) -> tuple[int, SessionState]:
        """Return the state of a session with its version, which differs after every change.

        Otherwise as ``session_state``.
        """
        wall = self.wall() if wall is None else wall
        if self._last_use != (name, wall) and not self._is_reported(name, wall):
            self._use(name, wall)
        while (stored := self.stored(name)) is None:
            self._use(name, wall)  # another process may have removed it since
            state = new_session_state(wall, wall if self.starts_at is None else self.starts_at)
            self.store.compare_and_set(name, STATE, 0, state.record())
        return stored

    def stored(self, name: str) -> tuple[int, SessionState] | None:
        """Return the version and state of a session, or None if it does not exist.

        Does not count as a use of the session.
        """
        version, record = self.store.read(name, STATE)
        cached = self._cached.get(name)
        if cached is not None and cached[0] == version:
            return cached
        if record is None:
            self._forget(name)
            return None
        stored = version, session_state_of(record)
        with self._lock:
            if name not in self._cached and len(self._cached) >= self.max_sessions:
                del self._cached[next(iter(self._cached))]
            self._cached[name] = stored
        return stored

    def change(self, name: str, update: Callable[[SessionState], SessionState]) -> SessionState:
        """Replace the state of a session with the result of ``update``; return the new state.

        If another thread or process changes the state at the same time, ``update`` is called again
        with that state.
        """
        while True:
            version, state = self.versioned(name)
            changed = update(state)
            record, weight = changed.record(), changed.size_in_memory
            if self.store.compare_and_set(name, STATE, version, record, weight):
                return changed

    def restart(self, name: str, now: int | None = None) -> SessionState:
        """Restart a session; return its new state.

        now: timestamp (milliseconds) at which it starts. The clock then keeps its rate, and stays
        frozen if it was. Without it, the session starts like a new one.
        """
        wall = self.wall()
        if now is None:
            start = wall if self.starts_at is None else self.starts_at
            return self.change(
                name, lambda state: new_session_state(wall, start, state.playback_count)
            )

        def restarted(state: SessionState) -> SessionState:
            clock = replace(state.clock, wall0=wall, now0=now)
            return replace(new_session_state(wall, now, state.playback_count), clock=clock)

        return self.change(name, restarted)

    def delete(self, name: str) -> bool:
        """Delete a session and end its streams. Return whether it existed."""
        self._forget(name)
        with self._lock:
            for stream in [s for s, session in self._open_streams.items() if session == name]:
                del self._open_streams[stream]
        return self.store.drop(name)

    def pause(self, name: str, version: int, seconds: float) -> Pause:
        """Return a pause until the state of a session has another version, at most ``seconds``.

        The session must have an open stream in this process.
        """
        self._report(self.wall(), [name])
        return Pause(seconds, partial(self.store.watch, name, STATE, version))

    def wait(self, name: str, version: int, seconds: float, record: str = STATE) -> int:
        """Wait until a record of a session has another version, at most ``seconds``.

        Returns the current version. The session must have an open stream in this process.
        """
        self._report(self.wall(), [name])
        with self.while_waiting():
            return self.store.wait(name, record, version, seconds)

    @contextmanager
    def open_stream(self, name: str) -> Iterator[Callable[[], bool]]:
        """Keep a session while a stream of it is open.

        Yields a function that returns whether the stream may continue. Raises TooManyStreamsError.
        """
        stream = object()
        with self._lock:
            if len(self._open_streams) >= self.max_streams:
                raise TooManyStreamsError
            self._open_streams[stream] = name
        try:
            yield lambda: stream in self._open_streams
        finally:
            with self._lock:
                self._open_streams.pop(stream, None)

    def end_streams(self) -> None:
        """End all open streams. Their clients reconnect and continue after the last event."""
        with self._lock:
            self._open_streams.clear()

    def shut_down(self) -> None:
        """End all streams, and every wait for a change of a session, before the process exits."""
        self.shutting_down = True
        self.end_streams()

    def _is_reported(self, name: str, wall: int) -> bool:
        """Return whether the store knows about a use of a session in the last REPORT_INTERVAL.

        Always false for a store in memory: reporting to it costs nothing.
        """
        return 0 <= wall - self._reported.get(name, -REPORT_INTERVAL) < REPORT_INTERVAL

    def _use(self, name: str, wall: int) -> None:
        """Report a use of a session to the store, which may remove another one for it."""
        if name not in self._cached:  # may be new and so remove another one: protect those in use
            with self._lock:
                streaming = list(dict.fromkeys(self._open_streams.values()))
            self._report(wall, streaming)
        removed = self.store.use(name, wall, self.max_sessions, wall - self.idle)
        if removed is None:
            raise TooManySessionsError
        self._last_use = (name, wall)
        self._remember_reported(wall, [name])
        for other in removed:
            self._forget(other)
            log.info("removed session %s: more than %d sessions", other, self.max_sessions)

    def _report(self, wall: int, names: Iterable[str]) -> None:
        """Report that sessions are in use, unless the store knows it."""
        if unreported := [name for name in names if not self._is_reported(name, wall)]:
            self.store.renew(unreported, wall)
            self._remember_reported(wall, unreported)

    def _remember_reported(self, wall: int, names: Iterable[str]) -> None:
        if not self.store.shared:
            return
        with self._lock:
            if len(self._reported) > self.max_sessions:
                self._reported = {
                    name: used
                    for name, used in self._reported.items()
                    if self._is_reported(name, wall)
                }
            self._reported.update(dict.fromkeys(names, wall))

    def _forget(self, name: str) -> None:
        with self._lock:
            self._cached.pop(name, None)
            self._reported.pop(name, None)
