"""How the mock fares: what a health check is told."""

from __future__ import annotations

from dataclasses import dataclass

from ..contract.violations import Violation


@dataclass
class Health:
    """What changes while a mock is served.

    began: when it was started (milliseconds since 1970); problems: why the files as they are now
    are not served, empty when they are; reloads: how often edited files were taken over.
    """

    began: int
    problems: tuple[Violation, ...] = ()
    reloads: int = 0
