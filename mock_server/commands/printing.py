"""What commands print on stderr."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence

from ..contract.violations import Violation, parts


def print_violations(violations: Sequence[Violation]) -> None:
    """Print each problem on a line, and their number if there are several.

    A mistake that repeats is one problem: its first violation, and how often it occurs.
    """
    problems = lines(violations)
    for line in problems:
        print(line, file=sys.stderr)
    if len(problems) > 1:
        print(f"{len(problems)} problems", file=sys.stderr)


def lines(violations: Iterable[Violation]) -> list[str]:
    """Return a line for each group of violations: the first one, and how often it occurs."""
    groups = grouped(violations)
    return [f"{group[0]}{_count(group) if len(group) > 1 else ''}" for group in groups]


def grouped(violations: Iterable[Violation]) -> list[list[Violation]]:
    """Return the violations in groups that have one cause, in the order of their first ones.

    Equal requirements with equal values have one cause, such as a renamed status. So have equal
    requirements of one property whose values are all different.
    """
    alike: dict[tuple[str, ...], list[Violation]] = {}
    for each in violations:
        alike.setdefault((each.rule, each.message, each.found, each.fix), []).append(each)
    groups: dict[tuple[str, ...], list[Violation]] = {}
    for key, group in alike.items():
        names = [part for part in parts(group[0].pointer) if not part.isdecimal()]
        if len(group) == 1 and names:
            key = (group[0].rule, group[0].message, names[-1])
            if any(_same_value(group[0], other) for other in groups.get(key, ())):
                key = (*key, group[0].found)
        groups.setdefault(key, []).extend(group)
    return list(groups.values())


def _same_value(one: Violation, other: Violation) -> bool:
    """Return whether two violations are about one value, and so are different problems."""
    return (one.location, one.pointer) == (other.location, other.pointer)


def _count(violations: Sequence[Violation]) -> str:
    files = {violation.location.partition(":")[0] for violation in violations}
    where = f" in {len(files)} files" if len(files) > 1 else ""
    return f" ({len(violations)} times{where})"
