"""The health of a running mock, as ``GET /_mock/health`` reports it."""

from __future__ import annotations

from dataclasses import dataclass

from ..contract.violations import Violation


@dataclass
class Health:
    """The values that change while the mock runs.

    started_at: start time of the mock (ms since 1970).
    problems: the errors in edited files, which are not served until they are fixed.
    reloads: number of times that edited files were loaded.
    """

    started_at: int
    problems: tuple[Violation, ...] = ()
    reloads: int = 0
