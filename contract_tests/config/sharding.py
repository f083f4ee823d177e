"""Which part of a run is done by which of several processes, so that none is done twice.

Builds that others begin are no finding, but a check that compares what is shown at two moments
could take one for a change that a request of its own has made. So only the first shard rebuilds and
compares. The others ask what any answer must be by itself, whatever is being built.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

# By room, the checks of which each answer is judged by itself, or by what no build changes. What is
# not named here is done by the first shard.
BY_THEMSELVES = {
    "authentication": ("test_a_scheme_is_read_in_any_case", "test_the_caller_is_the_token"),
    "lookups": ("test_the_first_complete_way_decides", "test_filters_hold_and_lose_nothing"),
    "unknown": ("test_unknown_things_are_not_found", "test_what_is_asked_for_is_of_any_size"),
    "reliability": ("test_head_is_answered_as_get",),
    "protocol": (
        "test_methods",
        "test_other_paths",
        "test_bodies",
        "test_content_types",
        "test_queries",
    ),
    "concurrency": ("test_each_gets_its_own_answer",),
    "generated": ("test_examples", "test_coverage", "test_fuzzing"),
}
SLICED = "test_fuzzing"  # is done by each of the others, with requests of its own


@dataclass(frozen=True)
class Shard:
    """A share of a run: the ``number``-th, from 1, of so many. ``1/1`` is a whole run."""

    number: int = 1
    of: int = 1

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"

    @classmethod
    def read(cls, text: str) -> Shard:
        """A shard as ``3/8``. Raises ValueError."""
        written = re.fullmatch(r"([0-9]{1,3})/([0-9]{1,3})", text)
        if written is None or not 1 <= int(written[1]) <= int(written[2]):
            raise ValueError(text)
        return cls(int(written[1]), int(written[2]))

    @property
    def whole(self) -> bool:
        return self.of == 1

    @property
    def rebuilds(self) -> bool:
        """Whether it is the one that rebuilds and compares."""
        return self.number == 1

    def examples(self, effort: int) -> int:
        """How many random requests of an operation are its own, of so many of the whole run."""
        if self.rebuilds:
            return effort
        return len(range(self.number - 2, effort, self.of - 1))

    def seed(self, seed: int) -> int:
        """The seed of its random requests."""
        if self.rebuilds:
            return seed
        return _number(f"{seed} {self}")


WHOLE = Shard()


@dataclass(frozen=True)
class Check:
    """A check of a run: its room, its name with what it is run for, and whether it may ask for a
    rebuild."""

    room: str
    name: str
    rebuilds: bool

    @property
    def function(self) -> str:
        return self.name.partition("[")[0]


def does(shard: Shard, check: Check, effort: int) -> bool:
    """Whether a check is one of a shard's, whatever others there are. effort: random requests an
    operation."""
    by_itself = check.function in BY_THEMSELVES.get(check.room, ()) and not check.rebuilds
    if shard.whole or not by_itself:
        return shard.rebuilds
    if check.function == SLICED:
        return not shard.rebuilds and shard.examples(effort) > 0
    return shard.number == 2 + _number(f"{check.room} {check.name}") % (shard.of - 1)


def _number(text: str) -> int:
    """A number that is the same in every process."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4])
