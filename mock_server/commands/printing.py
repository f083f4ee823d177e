"""What commands print on stderr."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence

from ..contract.violations import Violation, grouped


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


def _count(violations: Sequence[Violation]) -> str:
    files = {violation.location.partition(":")[0] for violation in violations}
    where = f" in {len(files)} files" if len(files) > 1 else ""
    return f" ({len(violations)} times{where})"
