"""Divides the checks of a run between several processes, the shards.

A restart by another client is not a finding. But a check that compares two responses could mistake
it for a change by its own request. Therefore only the first shard restarts and compares. The others
run the checks whose responses are judged separately, whatever moves.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

# By module, the checks that no restart affects. The first shard runs all others.
INDEPENDENT_CHECKS = {
    "authentication": (
        "test_the_scheme_is_case_insensitive",
        "test_the_caller_is_the_one_of_the_token",
    ),
    "lists": ("test_filters_return_exactly_the_matches", "test_lookup_values_are_unique"),
    "precedence": (
        "test_the_first_complete_lookup_is_used",
        "test_other_lookups_do_not_matter",
    ),
    "unknown": (
        "test_unknown_texts_are_not_found",
        "test_large_unknown_properties_are_ignored",
    ),
    "reliability": (
        "test_head_matches_get",
        "test_bodies_up_to_the_limit_are_read",
        "test_too_long_bodies",
        "test_extreme_values_break_nothing",
    ),
    "protocol": (
        "test_methods",
        "test_unknown_paths",
        "test_bodies",
        "test_content_types",
        "test_queries",
    ),
    "concurrency": ("test_concurrent_requests_get_their_own_response",),
    "generated": ("test_examples", "test_coverage", "test_fuzzing"),
}
SPLIT_CHECK = "test_fuzzing"  # runs in every shard but the first, each with other random requests


@dataclass(frozen=True)
class Shard:
    """One part of a run, such as ``3/8``: the third of eight. ``1/1`` is a complete run."""

    number: int = 1
    of: int = 1

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"

    @classmethod
    def parse(cls, text: str) -> Shard:
        """Return the shard of a text such as ``3/8``. Raises ValueError."""
        match = re.fullmatch(r"([0-9]{1,3})/([0-9]{1,3})", text)
        if match is None or not 1 <= int(match[1]) <= int(match[2]):
            raise ValueError(text)
        return cls(int(match[1]), int(match[2]))

    @property
    def is_single(self) -> bool:
        """Whether the run has no other shards."""
        return self.of == 1

    @property
    def restarts(self) -> bool:
        """Whether this is the shard that restarts resources and compares responses."""
        return self.number == 1

    def examples(self, max_examples: int) -> int:
        """Return the number of random requests per operation, of those of the complete run."""
        if self.restarts:
            return max_examples
        return len(range(self.number - 2, max_examples, self.of - 1))

    def seed(self, seed: int) -> int:
        """Return the seed of the random requests, which differs between shards."""
        if self.restarts:
            return seed
        return _stable_number(f"{seed} {self}")


SINGLE_SHARD = Shard()


@dataclass(frozen=True)
class Check:
    """One pytest test of a run.

    module: the name of its file without ``test_``. name: the function with its parameters in
    brackets. restarts: whether it may send a restart.
    """

    module: str
    name: str
    restarts: bool

    @property
    def function(self) -> str:
        return self.name.partition("[")[0]


def runs_in(shard: Shard, check: Check, max_examples: int) -> bool:
    """Return whether a shard runs a check. max_examples: random requests per operation."""
    functions = INDEPENDENT_CHECKS.get(check.module, ())
    independent = check.function in functions and not check.restarts
    if shard.is_single or not independent:
        return shard.restarts
    if check.function == SPLIT_CHECK:
        return not shard.restarts and shard.examples(max_examples) > 0
    return shard.number == 2 + _stable_number(f"{check.module} {check.name}") % (shard.of - 1)


def _stable_number(text: str) -> int:
    """Return a number that is the same in every process, unlike ``hash``."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4])
