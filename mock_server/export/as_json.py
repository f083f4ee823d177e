"""States and timelines as JSON, a file each."""

from __future__ import annotations

import json
from typing import Any

from ..state.dataset import Dataset
from . import timelines


def files(dataset: Dataset) -> dict[str, str]:
    """``states/NAME.json`` is the release as the API answers it at the instant of its fixture;
    ``timelines/NAME.json`` is what a rebuild goes through; ``index.json`` says what each is."""
    fixtures = dataset.fixtures
    index = {
        "states": {n: timelines.about(f.about) for n, f in fixtures.releases.items()},
        "timelines": {n: timelines.about(s.about) for n, s in fixtures.scenarios.items()},
    }
    return {
        "index.json": _text(index),
        **{
            f"states/{n}.json": _text(timelines.state(dataset.spec, f))
            for n, f in fixtures.releases.items()
        },
        **{
            f"timelines/{n}.json": _text(timelines.scenario(s))
            for n, s in fixtures.scenarios.items()
        },
    }


def _text(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
