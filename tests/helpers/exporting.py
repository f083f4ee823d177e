"""Exports in a folder where Node finds the packages of node_modules."""

import subprocess
import sys
from pathlib import Path

from tests.helpers.programs import ROOT, environment, run

SCRIPTS = ROOT / "tests" / "tools" / "exports"


def beside_packages(folder: Path) -> Path:
    """Link the project's node_modules into a folder; return the folder."""
    (folder / "node_modules").symlink_to(ROOT / "node_modules")
    (folder / "package.json").write_text('{ "private": true, "type": "module" }\n')
    return folder


def script(name: str, folder: Path) -> Path:
    """Copy a script of tests/tools/exports into the folder where it runs."""
    copy = folder / name
    copy.write_text((SCRIPTS / name).read_text("utf-8"), "utf-8")
    return copy


def export(
    format_: str, folder: Path, folder_name: str | None = None, spec: Path | None = None
) -> Path:
    """Write an export into a subfolder, by default one with the name of the format; return it.

    spec: the document, by default the shipped one.
    """
    out = folder / (folder_name or format_)
    program = Path(sys.executable).with_name("mock-server")
    sources = [] if spec is None else ["--spec", str(spec)]
    ended = subprocess.run(
        [program, "export", "--format", format_, "--out", out, *sources],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return out


def replace(path: Path, old: str, new: str, count: int = 1) -> None:
    """Replace the first occurrences of a text; assert that the file contains it."""
    text = path.read_text("utf-8")
    assert old in text, f"{path} has no {old}"
    path.write_text(text.replace(old, new, count), "utf-8")


STRICT = (
    *("--strict", "--noUncheckedIndexedAccess", "--exactOptionalPropertyTypes", "--skipLibCheck"),
    *("--noUnusedLocals", "--noUnusedParameters", "--verbatimModuleSyntax", "--noEmit"),
    *("--target", "es2022", "--module", "nodenext"),
)


def compiled(folder: Path, use: str) -> str:
    """Compile a module in a folder in strict mode; return the errors of the compiler."""
    (folder / "use.ts").write_text(use, "utf-8")
    ended = run("tsc", *STRICT, "use.ts", cwd=folder)
    assert (ended.returncode == 0) == (not ended.stdout), ended.stdout
    return ended.stdout
