"""Runs strategies of Hypothesis for their examples alone: nothing fails, and nothing is shrunk."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import hypothesis
from hypothesis import HealthCheck, Phase
from schemathesis.generation.case import Case


def settings(max_examples: int, **more: Any) -> hypothesis.settings:
    """Return settings that generate examples and do not shrink them.

    No test fails, and the recorder keeps the shortest request.
    """
    return hypothesis.settings(
        max_examples=max_examples,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        **more,
    )


def run_examples(
    strategy: Any, max_examples: int, seed: int, use: Callable[[Case[Any]], None]
) -> None:
    """Call ``use`` with examples of a strategy. The same seed yields the same examples."""

    @hypothesis.seed(seed)
    @settings(max_examples)
    @hypothesis.given(case=strategy)
    def use_case(case: Case[Any]) -> None:
        use(case)

    try:
        use_case()
    except hypothesis.errors.Unsatisfiable:
        return  # the operation has no such case
