"""The types are openapi-typescript's own, and the states are of these types."""

from pathlib import Path

import pytest

from tests.helpers.exporting import beside_packages, compiled, export, replace
from tests.helpers.programs import run

USE = """\
import type { paths } from "./typescript/openapi.js";
import { build, states, statuses, titles, type State } from "./typescript/states.js";

type Answer = paths["/package_releases/get"]["post"]["responses"][200]["content"];

export const answer = (state: State): Answer["application/json"] => ({
  ok: true,
  package_release: states[state],
});

export const told = Object.values(states).map((release) => statuses[release.display_status].color);

export const title: string = titles["failed-transpilation"];

export const logs = build.processes.flatMap((process) => states.pending[process.logs]);
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = beside_packages(tmp_path_factory.mktemp("typescript"))
    export("typescript", folder)
    return folder


def test_the_types_are_those_of_openapi_typescript(folder: Path) -> None:
    own = run("openapi-typescript", "openapi.yaml", "--output", folder / "own.ts")
    assert own.returncode == 0, own.stdout
    _, _, made = (folder / "typescript" / "openapi.ts").read_text("utf-8").partition("\n")
    assert made == (folder / "own.ts").read_text("utf-8")


def test_states_statuses_and_processes_compile_strictly(folder: Path) -> None:
    assert compiled(folder, USE) == ""


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('titles["failed-transpilation"]', 'titles["failed"]', "Property 'failed' does not exist"),
        ("states.pending[process.logs]", "states.pending[process.log]", "'log' does not exist"),
        ("ok: true", "ok: false", "Type 'false' is not assignable to type 'true'"),
    ],
)
def test_a_use_with_a_mistake_is_refused(folder: Path, old: str, new: str, complaint: str) -> None:
    assert complaint in compiled(folder, USE.replace(old, new))


def test_a_state_that_breaks_the_types_is_refused(tmp_path: Path) -> None:
    folder = beside_packages(tmp_path)
    replace(
        export("typescript", folder) / "states.ts",
        '"display_status": "failed"',
        '"display_status": "error"',
    )
    assert "Type '\"error\"' is not assignable" in compiled(folder, USE)
