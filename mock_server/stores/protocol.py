"""The interface of a store of sessions.

A session has records. Each record has a name, a JSON value and a number that changes with the
value: the version of a value, a count, or the number of the last item of a list. A version is never
used twice, even if a session is deleted and created again. A cache can therefore use it as a key.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Protocol


class StoreUnavailableError(Exception):
    """The store is temporarily unavailable. The call was executed completely or not at all."""


class Store(Protocol):
    """Records of sessions, by the name of the session and of the record.

    Each call is atomic over all threads and processes. Each call can raise StoreUnavailableError;
    a later call can succeed again.
    """

    shared: bool
    """Whether several processes can use the same records."""

    max_concurrent_calls: int
    """The number of threads that can call it at the same time without waiting for each other."""

    def use(self, session: str, at: int, most: int, before: int) -> list[str] | None:
        """Record that a session is used at ``at`` (ms since 1970), and create it if it is new.

        If there are already ``most`` sessions, a new one replaces the least recently used, which is
        dropped if its last use was at ``before`` or earlier. Returns the names of the dropped
        sessions; None if none could be dropped and the new session was not created.
        """

    def renew(self, sessions: Iterable[str], at: int) -> None:
        """Record that sessions are used at ``at`` (ms since 1970). Ignores unknown sessions."""

    def names(self) -> list[str]:
        """Return the names of all sessions, the least recently used first."""

    def drop(self, session: str) -> bool:
        """Delete a session with all its records. Return whether it existed."""

    def read(self, session: str, name: str) -> tuple[int, Any]:
        """Return the version and the value of a record; 0 and None if it does not exist."""

    def compare_and_set(
        self, session: str, name: str, version: int, value: Any, weight: int = 0
    ) -> bool:
        """Write a record if it still has this version. Return whether it was written.

        weight: the approximate size of the value in bytes, for a store with a memory limit.
        """

    def increment(self, session: str, name: str) -> int:
        """Increment a count and return it: 1 the first time."""

    def append(self, session: str, name: str, value: Any, bound: int, weight: int = 0) -> int:
        """Append to a list that keeps its last ``bound`` items. Return the number of the item,
        counted from 1 over all items that were ever appended.

        weight: the approximate size of the value in bytes, for a store with a memory limit.
        """

    def tail(
        self, session: str, name: str, after: int = 0, most: int | None = None
    ) -> list[tuple[int, Any]]:
        """Return the stored items after a number, the first ``most`` of them, each with its number.

        The cost depends only on the number of returned items.
        """

    def last(self, session: str, name: str) -> int:
        """Return the number of the last stored item of a list; 0 if it is empty."""

    def forget(self, session: str, name: str) -> None:
        """Empty a list, or reset a record or a count. The numbers of list items continue."""

    def watch(
        self, session: str, name: str, previous: int, changed: Callable[[], None]
    ) -> Callable[[], None]:
        """Call ``changed`` once when the number of a record differs from ``previous``, or cannot be
        read; at once if it differs already. Return a function that ends this.

        ``changed`` is called in any thread. It must be quick, and must not call the store.
        """

    def wait(self, session: str, name: str, previous: int, seconds: float) -> int:
        """Wait until the number of a record differs from ``previous``, at most ``seconds``.

        Returns the number of the record; 0 if the session was dropped.
        """

    def close(self) -> None:
        """Close all files and connections. The store cannot be used afterwards."""
