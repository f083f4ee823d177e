"""ManualClock-outs in a folder where Node finds the packages of node_modules."""

import subprocess
import sys
from pathlib import Path

from tests.helpers.programs import ROOT, environment, run

SCRIPTS = ROOT / "tests" / "tools" / "handouts"


def beside_packages(folder: Path) -> Path:
    """The folder, from which an import of a package is found in the project's node_modules."""
    (folder / "node_modules").symlink_to(ROOT / "node_modules")
    (folder / "package.json").write_text('{ "private": true, "type": "module" }\n')
    return folder


def script(name: str, folder: Path) -> Path:
    """A script of this project's, in the folder that it is to run in."""
    copy = folder / name
    copy.write_text((SCRIPTS / name).read_text("utf-8"), "utf-8")
    return copy


def export(format_: str, folder: Path, folder_name: str | None = None) -> Path:
    """The hand-out of a format, in a folder below another: of its name, when no other is given."""
    out = folder / (folder_name or format_)
    program = Path(sys.executable).with_name("mock-server")
    made = subprocess.run(
        [program, "export", "--format", format_, "--out", out],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert made.returncode == 0, made.stdout + made.stderr
    return out


def replace(path: Path, old: str, new: str, count: int = 1) -> None:
    """Replaces the first occurrences of a text that is there."""
    text = path.read_text("utf-8")
    assert old in text, f"{path} has no {old}"
    path.write_text(text.replace(old, new, count), "utf-8")


STRICT = (
    *("--strict", "--noUncheckedIndexedAccess", "--exactOptionalPropertyTypes", "--skipLibCheck"),
    *("--noUnusedLocals", "--noUnusedParameters", "--verbatimModuleSyntax", "--noEmit"),
    *("--target", "es2022", "--module", "nodenext"),
)


def compiled(folder: Path, use: str) -> str:
    """What the strictest compiler says to a module of a folder; nothing when it is content."""
    (folder / "use.ts").write_text(use, "utf-8")
    ended = run("tsc", *STRICT, "use.ts", cwd=folder)
    assert (ended.returncode == 0) == (not ended.stdout), ended.stdout
    return ended.stdout
