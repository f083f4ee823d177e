"""Export the types of the spec, and constants of these types."""

from __future__ import annotations

import json

from ..contract.document.resources.types import TimelineRoles
from ..contract.document.spec import Spec
from ..state.dataset import Dataset
from . import timelines
from .schemas.typescript_api import api_types
from .typescript_literals import literal

TYPES = "openapi"


def files(dataset: Dataset) -> dict[str, str]:
    """Return ``openapi.ts`` with the types of the spec, and ``states.ts`` with constants.

    Without fixtures there is no ``states.ts``.
    """
    types = {f"{TYPES}.ts": api_types(dataset.spec)}
    return types | ({"states.ts": _states(dataset)} if dataset.fixtures.fixtures else {})


def _states(dataset: Dataset) -> str:
    fixtures = dataset.fixtures.fixtures
    types = list({fixture.type.name: fixture.type for fixture in fixtures.values()}.values())
    aliases = "".join(
        f'export type {each.name} = components["schemas"]["{each.name}"];\n' for each in types
    )
    states = {name: timelines.state(fixture) for name, fixture in fixtures.items()}
    titles = {name: fixture.about.title for name, fixture in fixtures.items()}
    of_state = {name: fixture.type.name for name, fixture in fixtures.items()}
    members = "".join(f"  {json.dumps(name)}: {each};\n" for name, each in of_state.items())
    return f"""\
import type {{ components }} from "./{TYPES}.js";

{aliases}
/** The type of each fixture. */
export type States = {{
{members}}};

export type State = keyof States;

const all: {{ [Name in State]: States[Name] & Record<string, unknown> }} = {literal(states)};

/** The fixtures, each as the API returns it, with undeclared properties. */
export const states: States = all;

/** The title of each fixture. */
export const titles: Record<State, string> = {literal(titles)};

/** How the status of each type moves: its properties by role, and the phase of each status. */
export const timelines = {literal(_timelines(dataset.spec))} as const;
"""


def _timelines(spec: Spec) -> dict[str, object]:
    return {each.name: _timeline(each.timeline) for each in spec.with_timelines if each.timeline}


def _timeline(roles: TimelineRoles) -> dict[str, object]:
    duration = {"duration": roles.duration} if roles.duration else {}
    return {
        "status": roles.status[-1],
        **duration,
        "processes": [{"name": p.name, **p.properties} for p in roles.processes],
        "statuses": {
            status: {"phase": phase, "color": roles.colors[status]}
            for status, phase in roles.phases.items()
        },
    }
