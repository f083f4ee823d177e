"""Sessions: whose world a request is in, how many worlds there are, and how one changes.

A session is named by the path (``/_s/NAME/…``), else by a header, else by a cookie: a page whose
API base is one variable, and an EventSource, can set no header.
"""

from __future__ import annotations

import logging
import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.cookies import CookieError, SimpleCookie

from .clock import Wall
from .contract.exchange import Request
from .contract.violations import Violation
from .store import Store
from .world import World, begin, world_of

log = logging.getLogger("mock_server")

DEFAULT = "default"
HEADER, COOKIE, PREFIX = "x-mock-session", "mock_session", "/_s/"
NAME = re.compile(r"(?!\.{1,2}\Z)[A-Za-z0-9_.-]{1,64}\Z")  # a client folds /./ and /../ away
MOST = 10_000  # sessions that are kept
MOST_STREAMS = 512  # that are open at once, over all sessions
IN_USE = 60_000  # milliseconds since its last use in which a session is not put away
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
    try:
        cookie = SimpleCookie(request.headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        cookie = None
    return (checked(cookie.value, COOKIE) if cookie else DEFAULT), request


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
    is not the wall clock's."""

    store: Store
    wall: Wall
    begins: int | None = None
    most: int = MOST
    most_streams: int = MOST_STREAMS
    _turn: int = 0  # streams end that were opened in an earlier one
    _used: OrderedDict[str, int] = field(default_factory=OrderedDict)
    _open: dict[str, int] = field(default_factory=dict)
    _read: dict[str, tuple[int, World]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def names(self) -> list[str]:
        """The sessions that are kept, the least recently used first."""
        with self._lock:
            return list(self._used)

    def world(self, name: str) -> World:
        """The world of a session, begun now if there was none.

        Raises TooManySessionsError.
        """
        self._touch(name)
        return self._versioned(name)[1]

    def version(self, name: str) -> tuple[int, World]:
        """The world of a session, and a number that grows with each change of it."""
        self._touch(name)
        return self._versioned(name)

    def change(self, name: str, how: Callable[[World], World]) -> World:
        """Changes the world of a session: ``how`` is asked again when another was quicker."""
        self._touch(name)
        while True:
            version, world = self._versioned(name)
            changed = how(world)
            if self.store.compare_and_set(name, WORLD, version, changed.record()):
                return changed

    def anew(self, name: str, now: int | None = None) -> World:
        """The session begins anew, as a new one does; or at an instant (milliseconds), its clock as
        fast, and stopped if it was."""
        wall = self.wall()
        if now is None:
            first = wall if self.begins is None else self.begins
            return self.change(name, lambda world: begin(wall, first, world.begun))

        def there(world: World) -> World:
            clock = replace(world.clock, wall0=wall, now0=now)
            return replace(begin(wall, now, world.begun), clock=clock)

        return self.change(name, there)

    def drop(self, name: str) -> bool:
        """Forgets a session. Returns whether there was one."""
        with self._lock:
            self._used.pop(name, None)
            self._read.pop(name, None)
        return self.store.drop(name)

    def let_go(self) -> None:
        """Ends the streams that are open: who follows one comes back and goes on where it was."""
        self._turn += 1

    def kept(self, name: str) -> tuple[int, World] | None:
        """The version and world of a session, if it is there; asking is no use of it."""
        version, record = self.store.read(name, WORLD)
        known = self._read.get(name)
        if known is not None and known[0] == version and version:
            return known
        if record is None:
            return None
        self._read[name] = (version, world_of(record))
        return self._read[name]

    def wait(self, name: str, seen: int, seconds: float) -> None:
        """Waits until the world has changed from the version seen, at most so many seconds."""
        self.store.wait(name, WORLD, seen, seconds)

    @contextmanager
    def held(self, name: str) -> Iterator[Callable[[], bool]]:
        """While a stream is open, its session is not put away. Yields whether it may go on.

        Raises TooManyStreamsError.
        """
        with self._lock:
            if sum(self._open.values()) >= self.most_streams:
                raise TooManyStreamsError
            self._open[name] = self._open.get(name, 0) + 1
            turn = self._turn
        try:
            yield lambda: self._turn == turn
        finally:
            with self._lock:
                self._open[name] -= 1
                if not self._open[name]:
                    del self._open[name]

    def _versioned(self, name: str) -> tuple[int, World]:
        while (found := self.kept(name)) is None:
            wall = self.wall()
            first = begin(wall, wall if self.begins is None else self.begins)
            self.store.compare_and_set(name, WORLD, 0, first.record())
        return found

    def _touch(self, name: str) -> None:
        wall = self.wall()
        with self._lock:
            new = name not in self._used
            self._used[name] = wall
            self._used.move_to_end(name)
            away = self._put_away(wall) if new and len(self._used) > self.most else None
            if new and len(self._used) > self.most:
                del self._used[name]
                raise TooManySessionsError
        if away is not None:
            log.info("session %s is put away: more than %d", away, self.most)
            self.store.drop(away)

    def _put_away(self, wall: int) -> str | None:
        """The least recently used session that nobody uses, already out of the books."""
        for name, used in self._used.items():
            if wall - used < IN_USE:
                return None  # all after it were used later still
            if name not in self._open:
                del self._used[name]
                self._read.pop(name, None)
                return name
        return None
