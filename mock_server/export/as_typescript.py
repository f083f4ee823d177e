"""Types by openapi-typescript, and the states, statuses and processes as typed constants."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from ..contract.document.spec import Spec
from ..contract.violations import ContractError, Violation
from ..state.dataset import Dataset
from . import timelines
from .typescript_literals import literal, names

PROGRAM = "openapi-typescript"
PATIENCE = 120  # seconds
TYPES = "openapi"


def files(dataset: Dataset) -> dict[str, str]:
    """``openapi.ts`` with the types of the spec, ``states.ts`` with constants of those types.

    Raises ContractError when openapi-typescript is not installed, or cannot do it.
    """
    return {f"{TYPES}.ts": _types(dataset.spec.document.path), "states.ts": _states(dataset)}


def _types(spec: Path) -> str:
    program = shutil.which(PROGRAM, path=_places())
    node = shutil.which("node", path=_places())
    if program is None or node is None:
        fix = f"npm install --save-dev {PROGRAM}@7 typescript@5, here or in a folder above"
        missing = f"no {PROGRAM if node else 'Node'}"
        message = f"the types are made by {PROGRAM}, which runs on Node"
        raise ContractError([Violation("tool", message, "", missing, fix)])
    made = subprocess.run(  # noqa: S603 - the program found above, on the spec that was just read
        [program, str(spec.resolve())],
        env={**os.environ, "PATH": _places(), "NO_COLOR": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )
    if made.returncode:
        found = made.stderr.decode("utf-8", "replace").strip()
        raise ContractError([Violation("tool", f"{PROGRAM} reads the spec", "", found)])
    return made.stdout.decode()


def _places() -> str:
    """Where programs are looked for: node_modules of here and of each folder above, then PATH."""
    here = Path.cwd()
    near = [str(folder / "node_modules" / ".bin") for folder in (here, *here.parents)]
    return os.pathsep.join([*near, os.environ.get("PATH", os.defpath)])


def _states(dataset: Dataset) -> str:
    spec, fixtures = dataset.spec, dataset.fixtures
    states = {name: timelines.state(spec, fixture) for name, fixture in fixtures.releases.items()}
    titles = {name: fixture.about.title for name, fixture in fixtures.releases.items()}
    return f"""\
import type {{ components }} from "./{TYPES}.js";

export type {spec.release} = components["schemas"]["{spec.release}"];

export type State = {names(fixtures.releases)};

const all: Record<State, {spec.release} & Record<string, unknown>> = {literal(states)};

/** The fixtures: each a {spec.release} as the API answers it, undeclared properties included. */
export const states: Record<State, {spec.release}> = all;

/** What each state is, in words. */
export const titles: Record<State, string> = {literal(titles)};

/** What the statuses mean, and their colours. */
export const statuses = {literal(_statuses(spec))} as const;

/** By role the properties of a {spec.release} that speak of its build. */
export const build = {literal(_build(spec))} as const;
"""


def _statuses(spec: Spec) -> dict[str, dict[str, str]]:
    return {
        word: {"phase": phase, "color": spec.colors[word]} for word, phase in spec.phases.items()
    }


def _build(spec: Spec) -> dict[str, object]:
    build = spec.build
    return {
        "status": build.status,
        "duration": build.duration,
        "processes": [{"name": p.name, **p.properties} for p in build.processes],
    }
