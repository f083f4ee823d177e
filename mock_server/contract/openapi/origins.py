"""Where each part of a normalised document comes from: a file, and a JSON pointer in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..violations import parts, pointer

Origin = tuple[str, str]  # the name of a file, "" for the document; a JSON pointer in it


class Origins:
    """The origins of the parts that are not where their file has them, by JSON pointer."""

    def __init__(self) -> None:
        self._origins: dict[str, Origin] = {}

    def __iter__(self) -> Iterator[tuple[str, Origin]]:
        return iter(self._origins.items())

    def set(self, here: str, origin: Origin) -> None:
        """Add the origin of a value that is new."""
        self._origins[here] = origin

    def replace(self, here: str, origin: Origin) -> None:
        """Add the origin of a value that replaces another."""
        below = f"{here}/"
        for old in [each for each in self._origins if each.startswith(below)]:
            del self._origins[old]
        self._origins[here] = origin

    def of(self, here: str) -> Origin:
        """Return the origin of a value: that of its nearest ancestor that has one."""
        steps = parts(here) if self._origins else []
        for count in range(len(steps), 0, -1):
            origin = self._origins.get(pointer(steps[:count]))
            if origin is not None:
                return origin[0], origin[1] + pointer(steps[count:])
        return "", here

    def move(self, moves: Mapping[str, str]) -> None:
        """Add parts that moved at the same time: new JSON pointer → the one until now."""
        added: dict[str, Origin] = {}
        for new, old in moves.items():
            added[new] = self.of(old)
            below = f"{old}/"
            added |= {
                new + here[len(old) :]: origin
                for here, origin in self._origins.items()
                if here.startswith(below)
            }
        roots = tuple(f"{new}/" for new in moves)
        self._origins = {
            here: origin for here, origin in self._origins.items() if not here.startswith(roots)
        } | added
