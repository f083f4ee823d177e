"""Sessions: whose world a request is in, how many worlds there are, and how one changes.

A session is named by the path (``/_s/NAME/…``), else by a header, else by a cookie: a page whose
API base is one variable, and an EventSource, can set no header.
"""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from werkzeug.sansio.http import parse_cookie

from ..contract.exchange import Request
from ..contract.violations import Violation
from ..foundation.clock import Wall
from ..stores import Store
from .session_state import SessionState, begin, session_state_of

log = logging.getLogger("mock_server")

DEFAULT = "default"
HEADER, COOKIE, PREFIX = "x-mock-session", "mock_session", "/_s/"
NAME = re.compile(r"(?!\.{1,2}\Z)[A-Za-z0-9_.-]{1,64}\Z")  # a client folds /./ and /../ away
MOST = 10_000  # sessions that are kept
MOST_STREAMS = 512  # that are open at once, over all sessions
IN_USE = 60_000  # milliseconds since its last use in which a session is not put away
RENEW = 5_000  # milliseconds after which a shared store is told again of a session's use
WORLD = "world"


class SessionNameError(Exception):
    """A session is named in a way that no session can be; it holds what is wrong."""

    def __init__(self, violation: Violation) -> None:
        super().__init__(str(violation))
        self.violation = violation


class TooManySessionsError(Exception):
    """All sessions are in use, and there is no room for one more."""


class TooManyStreamsError(Exception):
    """As many streams are open as may be."""


def named(request: Request) -> tuple[str, Request]:
    """The session of a request, and the request with its own path.

    Raises SessionNameError for a name that no session can have.
    """
    name, path = split(request.path)
    if name is not None:
        return checked(name, "path"), replace(request, path=path)
    if HEADER in request.headers:
        return checked(request.headers[HEADER].strip(), HEADER), request
    if "cookie" not in request.headers:
        return DEFAULT, request
    name = parse_cookie(request.headers["cookie"]).get(COOKIE)
    return (DEFAULT if name is None else checked(name, COOKIE)), request


def split(path: str) -> tuple[str | None, str]:
    """The name of a session that stands in a path, whatever it is, and the path within it."""
    if not path.startswith(PREFIX):
        return None, path
    name, slash, rest = path.removeprefix(PREFIX).partition("/")
    return name, slash + rest


def checked(name: str, where: str) -> str:
    """The name of a session, which stands at ``where``.

    Raises SessionNameError unless it is 1 to 64 of letters, digits and ``_ . -``.
    """
    if NAME.match(name):
        return name
    message = "a session's name is 1 to 64 letters, digits, or any of _ . -, and not . or .."
    raise SessionNameError(Violation("session", message, where, repr(name[:80])))


@dataclass
class Sessions:
    """The worlds of a store. ``begins`` is the instant (milliseconds) at which each begins, when it
    is not the wall clock's.

    Which sessions there are, and which were used last, the store knows. What is remembered here
    only spares asking it again: worlds by their version, and what it was told. Any call may raise
    StoreUnavailableError.
    """

    store: Store
    wall: Wall
    begins: int | None = None
    most: int = MOST
    most_streams: int = MOST_STREAMS
    ending: bool = field(default=False, init=False)
    _told: dict[str, int] = field(default_factory=dict)  # the use that a shared store knows of
    _open: dict[object, str] = field(default_factory=dict)  # streams, each with its session
    _read: dict[str, tuple[int, SessionState]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def idle(self) -> int:
        """Milliseconds since the use that the store knows of, after which a session may be put
        away."""
        return IN_USE + RENEW if self.store.shared else IN_USE

    def names(self) -> list[str]:
        """The sessions that are kept, the least recently used first."""
        return self.store.names()

    def session_state(self, name: str) -> SessionState:
        """The world of a session, begun now if there was none.

        Raises TooManySessionsError.
        """
        return self.version(name)[1]

    def version(self, name: str) -> tuple[int, SessionState]:
        """The world of a session, and a number that is another with each change of it."""
        wall = self.wall()
        if not self._knows(name, wall):
            self._use(name, wall)
        while (found := self.kept(name)) is None:
            self._use(name, wall)  # another process may have dropped it since
            first = begin(wall, wall if self.begins is None else self.begins)
            self.store.compare_and_set(name, WORLD, 0, first.record())
        return found

    def change(self, name: str, how: Callable[[SessionState], SessionState]) -> SessionState:
        """Changes the world of a session: ``how`` is asked again when another was quicker."""
        while True:
            version, session_state = self.version(name)
            changed = how(session_state)
            if self.store.compare_and_set(name, WORLD, version, changed.record()):
                return changed

    def anew(self, name: str, now: int | None = None) -> SessionState:
        """The session begins anew, as a new one does; or at an instant (milliseconds), its clock as
        fast, and stopped if it was."""
        wall = self.wall()
        if now is None:
            first = wall if self.begins is None else self.begins
            return self.change(name, lambda session_state: begin(wall, first, session_state.begun))

        def there(session_state: SessionState) -> SessionState:
            clock = replace(session_state.clock, wall0=wall, now0=now)
            return replace(begin(wall, now, session_state.begun), clock=clock)

        return self.change(name, there)

    def drop(self, name: str) -> bool:
        """Forgets a session, and ends its streams. Returns whether there was one."""
        self._forget(name)
        with self._lock:
            for stream in [stream for stream, its in self._open.items() if its == name]:
                del self._open[stream]
        return self.store.drop(name)

    def let_go(self) -> None:
        """Ends the streams that are open: who follows one comes back and goes on where it was."""
        with self._lock:
            self._open.clear()

    def end(self) -> None:
        """Lets go whoever waits for something, as the process is to end."""
        self.ending = True
        self.let_go()

    def kept(self, name: str) -> tuple[int, SessionState] | None:
        """The version and world of a session, if it is there; asking is no use of it."""
        version, record = self.store.read(name, WORLD)
        known = self._read.get(name)
        if known is not None and known[0] == version:
            return known
        if record is None:
            self._forget(name)
            return None
        found = version, session_state_of(record)
        with self._lock:
            if name not in self._read and len(self._read) >= self.most:
                del self._read[next(iter(self._read))]
            self._read[name] = found
        return found

    def wait(self, name: str, seen: int, seconds: float, record: str = WORLD) -> int:
        """Waits until a record of a session that is held has changed from the number seen, at most
        so many seconds; returns its number."""
        self._renew(self.wall(), [name])
        return self.store.wait(name, record, seen, seconds)

    @contextmanager
    def held(self, name: str) -> Iterator[Callable[[], bool]]:
        """While a stream is open, its session is not put away. Yields whether it may go on.

        Raises TooManyStreamsError.
        """
        stream = object()
        with self._lock:
            if len(self._open) >= self.most_streams:
                raise TooManyStreamsError
            self._open[stream] = name
        try:
            yield lambda: stream in self._open
        finally:
            with self._lock:
                self._open.pop(stream, None)

    def _knows(self, name: str, wall: int) -> bool:
        """Whether the store need not be told of a use: it is its own memory, or knows of a use
        shortly before."""
        return 0 <= wall - self._told.get(name, -RENEW) < RENEW

    def _use(self, name: str, wall: int) -> None:
        if name not in self._read:  # it may be new, and take the place of another
            with self._lock:
                held = list(dict.fromkeys(self._open.values()))
            self._renew(wall, held)
        put_away = self.store.use(name, wall, self.most, wall - self.idle)
        if put_away is None:
            raise TooManySessionsError
        self._note(wall, [name])
        for away in put_away:
            self._forget(away)
            log.info("session %s is put away: more than %d", away, self.most)

    def _renew(self, wall: int, names: Iterable[str]) -> None:
        """Tells the store that sessions are in use, of which it may not know."""
        if untold := [name for name in names if not self._knows(name, wall)]:
            self.store.renew(untold, wall)
            self._note(wall, untold)

    def _note(self, wall: int, names: Iterable[str]) -> None:
        if not self.store.shared:
            return
        with self._lock:
            if len(self._told) > self.most:
                self._told = {n: told for n, told in self._told.items() if self._knows(n, wall)}
            self._told.update(dict.fromkeys(names, wall))

    def _forget(self, name: str) -> None:
        with self._lock:
            self._read.pop(name, None)
            self._told.pop(name, None)
