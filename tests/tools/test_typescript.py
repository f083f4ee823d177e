from pathlib import Path

from tests.helpers.programs import run

USE = """\
import type { components, operations, paths } from "./openapi";

type Release = components["schemas"]["PackageRelease"];
type Status = components["schemas"]["BuildStatus"];
type Found = operations["getPackageRelease"]["responses"][200]["content"]["application/json"];
type Asked = paths["/package_releases/rebuild"]["post"]["requestBody"]["content"];

export const color: Record<Status, string> = {
  pending: "yellow",
  building: "blue",
  successful: "green",
  failed: "red",
};

export const asked: Asked["application/json"] = { package_release_id: "rel_1" };

export function colorOf(answer: Found): string {
  const release: Release = answer.package_release;
  return color[release.display_status];
}
"""

MISUSE = USE.replace('successful: "green",', "")


def types_of_the_contract(folder: Path) -> None:
    made = run("openapi-typescript", "openapi.yaml", "--output", folder / "openapi.d.ts")
    assert made.returncode == 0, made.stdout


def test_its_types_compile_strictly_together_with_code_that_uses_them(tmp_path: Path) -> None:
    types_of_the_contract(tmp_path)
    (tmp_path / "use.ts").write_text(USE)
    compiled = run("tsc", "--strict", "--noEmit", "openapi.d.ts", "use.ts", cwd=tmp_path)
    assert compiled.returncode == 0, compiled.stdout


def test_its_types_refuse_code_that_forgets_a_status(tmp_path: Path) -> None:
    types_of_the_contract(tmp_path)
    (tmp_path / "misuse.ts").write_text(MISUSE)
    compiled = run("tsc", "--strict", "--noEmit", "openapi.d.ts", "misuse.ts", cwd=tmp_path)
    assert compiled.returncode != 0
    assert "Property 'successful' is missing" in compiled.stdout
