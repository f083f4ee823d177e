"""Load the files that a mock is made of."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..contract.document.loading import load as load_spec
from ..contract.judge import Judge, judge_of
from ..contract.source.files import record
from ..fixtures.loading import load as load_fixtures
from ..fixtures.values import NO_FIXTURES, Fixtures
from ..foundation.shipped_files import shipped

FOLDER = "fixtures"


def load_sources(
    spec: Path | None = None, fixtures: Path | None = None, overlays: Sequence[Path] = ()
) -> tuple[Judge, Fixtures]:
    """Return the judge of a document and its fixtures, by default those that ship.

    overlays: OpenAPI Overlays that change the document, in this order.

    Raises ContractError with every problem of the files.
    """
    judge = judge_of(load_spec(spec or shipped("openapi.yaml"), overlays))
    return judge, fixtures_of(judge, fixtures)


def fixtures_of(judge: Judge, folder: Path | None) -> Fixtures:
    """Return the fixtures of a folder, or the default. Raises ContractError."""
    folder = fixtures_folder(judge, folder)
    return load_fixtures(folder, judge) if folder else NO_FIXTURES


def fixtures_folder(judge: Judge, folder: Path | None) -> Path | None:
    """Return a folder of fixtures, or the default; None for a document that needs none.

    The default is the folder ``fixtures`` beside the document, or else the shipped one if it has a
    folder for a type of resource with a timeline.
    """
    spec = judge.spec
    if folder is not None or not spec.types:
        return folder
    beside = spec.document.path.parent / FOLDER
    record(beside)
    if beside.is_dir():
        return beside
    default = shipped(FOLDER)
    return default if any((default / t.folder).is_dir() for t in spec.with_timelines) else None
