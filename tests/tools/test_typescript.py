from pathlib import Path

from tests.helpers.programs import run

USE = """\
import type { components, operations, paths } from "./openapi";

type Release = components["schemas"]["PackageRelease"];
type Status = components["schemas"]["BuildStatus"];
type Responses = operations["getPackageRelease"]["responses"];
type ReleaseResponse = Responses[200]["content"]["application/json"];
type RebuildRequest = paths["/package_releases/rebuild"]["post"]["requestBody"]["content"];

export const color: Record<Status, string> = {
  pending: "yellow",
  building: "blue",
  successful: "green",
  failed: "red",
};

export const request: RebuildRequest["application/json"] = { package_release_id: "rel_1" };

export function colorOf(response: ReleaseResponse): string {
  const release: Release = response.package_release;
  return color[release.display_status];
}
"""

MISUSE = USE.replace('successful: "green",', "")


def generate_types(folder: Path) -> None:
    """Generate the types of the contract into a folder."""
    ended = run("openapi-typescript", "openapi.yaml", "--output", folder / "openapi.d.ts")
    assert ended.returncode == 0, ended.stdout


def test_code_that_uses_the_generated_types_compiles_in_strict_mode(tmp_path: Path) -> None:
    generate_types(tmp_path)
    (tmp_path / "use.ts").write_text(USE)
    compiled = run("tsc", "--strict", "--noEmit", "openapi.d.ts", "use.ts", cwd=tmp_path)
    assert compiled.returncode == 0, compiled.stdout


def test_code_that_lacks_a_status_does_not_compile(tmp_path: Path) -> None:
    generate_types(tmp_path)
    (tmp_path / "misuse.ts").write_text(MISUSE)
    compiled = run("tsc", "--strict", "--noEmit", "openapi.d.ts", "misuse.ts", cwd=tmp_path)
    assert compiled.returncode != 0
    assert "Property 'successful' is missing" in compiled.stdout
