"""Export states and timelines as JSON files."""

from __future__ import annotations

import json
from typing import Any

from ..state.dataset import Dataset
from . import timelines


def files(dataset: Dataset) -> dict[str, str]:
    """Return the content of each file by its name.

    ``states/NAME.json`` is a release as the API returns it at the time of its fixture,
    ``timelines/NAME.json`` is the timeline of a scenario, and ``index.json`` describes them.
    """
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
