"""What a store of sessions does.

A session has records. Each has a name, a JSON value and a number that tells one state of it from
another: a record's version, a count, or the number of a list's last item. A version is never given
twice, not even to a session that is forgotten and begins anew; so whoever remembers a value by its
version remembers the right one.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol


class StoreUnavailableError(Exception):
    """The store cannot be asked just now. What was asked has been done wholly or not at all."""


class Store(Protocol):
    """Records of sessions, by the session's name and the record's.

    Each call is one step that nothing comes between, in whichever thread or process. Each may raise
    StoreUnavailableError, and the next may go well again.
    """

    shared: bool
    """Whether other processes can use the same records."""

    max_concurrent_calls: int
    """How many threads may ask it at the same time before they hold each other up."""

    def use(self, session: str, at: int, most: int, before: int) -> list[str] | None:
        """Notes that a session is used at an instant (milliseconds since 1970).

        A new one, when there are ``most``, takes the place of the least recently used: that one is
        dropped if it was last used at ``before`` or earlier. Returns the names of those dropped,
        None when none could be and the new one was not taken in.
        """

    def renew(self, sessions: Iterable[str], at: int) -> None:
        """Notes that sessions are used at an instant, those that there are."""

    def names(self) -> list[str]:
        """The sessions that there are, the least recently used first."""

    def drop(self, session: str) -> bool:
        """Forgets a session whole. Returns whether there was anything."""

    def read(self, session: str, name: str) -> tuple[int, Any]:
        """The version and value of a record; version 0 and None when there is none."""

    def compare_and_set(self, session: str, name: str, version: int, value: Any) -> bool:
        """Writes a record if it still has this version. Returns whether it was written."""

    def increment(self, session: str, name: str) -> int:
        """Counts a number up by one; returns it, 1 the first time."""

    def append(self, session: str, name: str, value: Any, bound: int, weight: int = 0) -> int:
        """Appends to a list of which the last ``bound`` items are kept; returns the item's number,
        counted from 1 over all that were ever appended.

        weight: about how many bytes the value takes, for a store that has only so much room.
        """

    def tail(self, session: str, name: str, after: int = 0) -> list[tuple[int, Any]]:
        """The kept items of a list with their numbers, those after a number. What it costs grows
        with what it returns alone."""

    def last(self, session: str, name: str) -> int:
        """The number of the last item that a list keeps; 0 when it keeps none."""

    def forget(self, session: str, name: str) -> None:
        """Empties a list, or makes a record or a count begin again. Numbers of items go on."""

    def wait(self, session: str, name: str, seen: int, seconds: float) -> int:
        """Waits until a record's version, or a list's last number, is another than ``seen``, at
        most so many seconds; returns it. It is 0 once the session is dropped."""

    def close(self) -> None:
        """Gives back what the store holds open; it is not used any more."""
