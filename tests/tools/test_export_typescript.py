"""The types are those of openapi-typescript, or more exact; the states have these types."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from mock_server.contract.document.spec import Spec
from mock_server.live import load_sources
from tests.helpers.exporting import beside_packages, compiled, export, replace
from tests.helpers.programs import ROOT, run

DOCUMENTS: dict[str, set[str]] = {
    "openapi.yaml": {
        # with an `anyOf` of required properties beside properties: for openapi-typescript, unknown
        *("ReleaseLookup", "PackageLookup", "AccountLookup"),
        *("getPackageRelease requestBody", "findPackage requestBody", "findAccount requestBody"),
    },
    "examples/orders/openapi.yaml": set(),
    "examples/deployments/openapi.yaml": set(),
    "tests/documents/observatory/openapi.yaml": set(),
    "tests/mock_server/contract/openapi/documents/pets-2.0.yaml": set(),
    "tests/mock_server/documents/library.yaml": {
        "setCover 202",  # an object without properties: for openapi-typescript, always empty
    },
}  # document → the types that differ

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


def types_of(spec: Spec) -> dict[str, str]:
    """Return the types to compare by a name: the schemas, requests, and bodies of successes."""
    found = {
        name: f"components['schemas'][{json.dumps(name)}]"
        for name in spec.data.get("components", {}).get("schemas", {})
    }
    for each in spec.operations.values():
        operation = f"paths[{json.dumps(each.path)}]['{each.method.lower()}']"
        for member in ("parameters", "requestBody"):
            found[f"{each.id} {member}"] = f"{operation}['{member}']"
        for status in (status for status in each.responses if status < 300):
            response = f"{operation}['responses'][{json.dumps(status)}]"
            found[f"{each.id} {status}"] = f"{response}['content']"
    return found


@pytest.mark.parametrize("document", DOCUMENTS)
def test_the_types_are_those_of_openapi_typescript(tmp_path: Path, document: str) -> None:
    folder = beside_packages(tmp_path)
    spec = load_sources(ROOT / document)[0].spec
    export("typescript", folder, spec=ROOT / document)
    (folder / "document.json").write_text(json.dumps(spec.data))
    options = ("--default-non-nullable=false", "--output", "expected.ts")
    ended = run("openapi-typescript", "document.json", *options, cwd=folder)
    assert ended.returncode == 0, ended.stdout
    types = types_of(spec)
    lines = [
        'import type * as own from "./typescript/openapi.js";',
        'import type * as expected from "./expected.js";',
        "type Equal<A, B> = [A, B] extends [B, A] ? true : false;",
        *(
            f"export const n{number}: Equal<own.{each}, expected.{each}> = true;"
            for number, each in enumerate(types.values())
        ),
    ]
    errors = re.findall(
        r"^use\.ts\((\d+),\d+\): (.*)", compiled(folder, "\n".join(lines)), re.MULTILINE
    )
    assert all("'true' is not assignable to type 'false'" in message for _, message in errors)
    names = list(types)
    assert {names[int(number) - 4] for number, _ in errors} == DOCUMENTS[document]


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
