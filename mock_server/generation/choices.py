"""The choices that were made for each part of a value, and the next ones to try.

A part has several choices, one after the other: a schema of ``oneOf``, then a documented example or
a generated value. They are numbered like the digits of a counter: the last choice changes first. If
a part has no choice left, it is exhausted.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from .schemas.combining import ContradictionError

AMBIGUOUS = 2  # choices that are tried before a value is changed to fit only one schema

Path = tuple[str | int, ...]  # the properties and indexes that lead to a part of a value


@dataclass(slots=True)
class Choices:
    """The choices of one part. Call ``restart``, then ``choose`` for each choice in order."""

    chosen: list[tuple[int, int]] = field(default_factory=list)  # the choice, out of how many
    position: int = 0
    exhausted: bool = False

    def restart(self) -> None:
        """Repeat the choices from the first one."""
        self.position = 0

    def choose(self, count: int) -> int:
        """Return which of ``count`` alternatives to use. Raises ContradictionError if 0."""
        if count == 0:
            raise ContradictionError
        if self.position == len(self.chosen):
            self.chosen.append((0, count))
        self.position += 1
        return self.chosen[self.position - 1][0]

    def advance(self) -> None:
        """Change the last choice; if it has no alternative left, the one before it."""
        while self.chosen:
            number, count = self.chosen.pop()
            if number + 1 < count:
                self.chosen.append((number + 1, count))
                return
        self.exhausted = True


class History:
    """The choices of all parts of a value, and the parts that are already generated."""

    def __init__(self) -> None:
        self.choices: dict[Path, Choices] = {}
        self.finished: dict[Path, object] = {}
        self.required: dict[Path, set[str]] = {}  # properties that validation requires as well
        self.ambiguous: dict[Path, int] = {}  # how often several schemas of oneOf were valid

    def at(self, path: Path) -> Choices:
        """Return the choices of a part."""
        return self.choices.setdefault(path, Choices())

    def owner(self, path: Path, within: int = 0) -> Path | None:
        """Return a part, or the nearest part above it, that has a choice left.

        within: the length of the shortest path whose choices may change.
        """
        for length in range(len(path), within - 1, -1):
            choices = self.choices.get(path[:length])
            if choices is not None and not choices.exhausted:
                return path[:length]
        return None

    def advance(self, path: Path, within: int = 0) -> bool:
        """Change a choice of a part, or of the nearest part above it that has one left.

        within: the length of the shortest path whose choices may change.
        Return whether there was one.
        """
        owner = self.owner(path, within)
        if owner is None:
            return False
        self.choices[owner].advance()
        self.forget(owner)
        return True

    def distinguish(self, path: Path) -> bool:
        """Change a part that is valid for several schemas of ``oneOf``.

        After some other choices, the part becomes invalid for the schemas that are not chosen.
        """
        if self.is_ambiguous(path):
            return self.advance(path)
        self.ambiguous[path] = self.ambiguous.get(path, 0) + 1
        choices = self.at(path)
        choices.advance()
        if choices.exhausted or self.is_ambiguous(path):
            self.ambiguous[path] = AMBIGUOUS
            self.restart(path)
        self.forget(path)
        return True

    def is_ambiguous(self, path: Path) -> bool:
        """Return whether a part must be invalid for the schemas that are not chosen."""
        return self.ambiguous.get(path, 0) >= AMBIGUOUS

    def restart(self, path: Path) -> None:
        """Discard the choices of a part."""
        self.choices.pop(path, None)
        self.forget(path)

    def leave_out(self, path: Path) -> bool:
        """Leave out a part if it is optional. Return whether it was not left out before."""
        choices = self.at(path)
        is_new = not choices.exhausted
        choices.exhausted = True
        self.forget(path)
        return is_new

    def forget(self, path: Path) -> None:
        """Discard all that depends on a choice of a part: the parts in it, and those around it."""
        depth = len(path)
        for below in [each for each in self.choices if len(each) > depth and each[:depth] == path]:
            del self.choices[below]
        for other in list(self.finished):
            if other[:depth] == path or path[: len(other)] == other:
                del self.finished[other]
