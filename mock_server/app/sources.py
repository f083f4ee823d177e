"""Load the files that a mock is made of."""

from __future__ import annotations

from pathlib import Path

from ..contract.document.loading import load as load_spec
from ..contract.judge import Judge, judge_of
from ..fixtures.loading import load as load_fixtures
from ..fixtures.values import Fixtures
from ..foundation.shipped_files import shipped


def load_sources(spec: Path | None = None, fixtures: Path | None = None) -> tuple[Judge, Fixtures]:
    """Return the judge of a document and its fixtures, by default those that ship.

    Raises ContractError with every problem of the files.
    """
    judge = judge_of(load_spec(spec or shipped("openapi.yaml")))
    return judge, load_fixtures(fixtures or shipped("fixtures"), judge)
