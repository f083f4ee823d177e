"""openapi-typescript generates the types, and the states have these types."""

from pathlib import Path

import pytest

from tests.helpers.exporting import beside_packages, compiled, export, replace
from tests.helpers.programs import run

USE = """\
import type { paths } from "./typescript/openapi.js";
import { states, timelines, titles, type State } from "./typescript/states.js";

type Response = paths["/package_releases/get"]["post"]["responses"][200]["content"];

export const response = (state: State): Response["application/json"] => ({
  ok: true,
  package_release: states[state],
});

const { processes, statuses } = timelines.PackageRelease;

export const colors = Object.values(states).map(
  (release) => statuses[release.display_status].color,
);

export const title: string = titles["failed-transpilation"];

export const logs = processes.flatMap((process) => states.pending[process.logs]);
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = beside_packages(tmp_path_factory.mktemp("typescript"))
    export("typescript", folder)
    return folder


def test_the_types_are_the_output_of_openapi_typescript(folder: Path) -> None:
    expected = run("openapi-typescript", "openapi.yaml", "--output", folder / "expected.ts")
    assert expected.returncode == 0, expected.stdout
    _, _, types = (folder / "typescript" / "openapi.ts").read_text("utf-8").partition("\n")
    assert types == (folder / "expected.ts").read_text("utf-8")


def test_states_statuses_and_processes_compile_in_strict_mode(folder: Path) -> None:
    assert compiled(folder, USE) == ""


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('titles["failed-transpilation"]', 'titles["failed"]', "Property 'failed' does not exist"),
        ("states.pending[process.logs]", "states.pending[process.log]", "'log' does not exist"),
        ("ok: true", "ok: false", "Type 'false' is not assignable to type 'true'"),
    ],
)
def test_a_type_error_in_code_that_uses_them_is_reported(
    folder: Path, old: str, new: str, message: str
) -> None:
    assert message in compiled(folder, USE.replace(old, new))


def test_a_state_with_an_invalid_status_does_not_compile(tmp_path: Path) -> None:
    folder = beside_packages(tmp_path)
    replace(
        export("typescript", folder) / "states.ts",
        '"display_status": "failed"',
        '"display_status": "error"',
    )
    assert "Type '\"error\"' is not assignable" in compiled(folder, USE)
