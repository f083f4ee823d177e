"""The exit codes of a contract run, and the error of a run that cannot judge its target."""

from __future__ import annotations

HOLDS, BROKEN, UNJUDGED = 0, 1, 2


class CannotJudgeError(Exception):
    """The run cannot judge the target. The message states the reason and how to fix it."""
