"""What commands print on stderr."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from ..contract.violations import Violation


def print_violations(violations: Sequence[Violation]) -> None:
    """Print each violation on a line, and their number if there are several."""
    for violation in violations:
        print(violation, file=sys.stderr)
    if len(violations) > 1:
        print(f"{len(violations)} problems", file=sys.stderr)
