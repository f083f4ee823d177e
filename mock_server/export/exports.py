"""Makes hand-outs, and tells whether one that lies in a folder is still what it would be."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from ..contract.judge import Judge
from ..contract.violations import ContractError, Violation
from ..fixtures.values import Fixtures
from ..state.dataset import Dataset, dataset_of
from . import as_json, as_msw, as_typescript, as_zod, stamp
from .stamp import Stamp

FORMATS: Mapping[str, Callable[[Dataset], dict[str, str]]] = {
    "json": as_json.files,
    "typescript": as_typescript.files,
    "zod": as_zod.files,
    "msw": as_msw.files,
}


def write(judge: Judge, fixtures: Fixtures, format_: str, folder: Path) -> Stamp:
    """Puts a hand-out into a folder: whole, or not at all.

    Files that an earlier hand-out left and this one has no more are removed. Raises ContractError
    when the folder has files of these names that are of no hand-out, or of one of another format,
    or cannot be written.
    """
    made_from = stamp.sources(judge.spec, fixtures)
    texts = FORMATS[format_](dataset_of(judge.spec, fixtures))
    made = {name: _headed(name, text, format_).encode() for name, text in texts.items()}
    new = Stamp(format_, stamp.VERSION, made_from, {n: stamp.digest(made[n]) for n in made})
    old = stamp.read(folder)
    _refuse_foreign(folder, format_, old, new)
    try:
        _place(folder, {**made, stamp.NAME: new.text().encode()})
        for name in set(old.files if old else ()) - set(new.files):
            (folder / name).unlink(missing_ok=True)
    except OSError as error:
        wrong = Violation("--out", "a folder that can be written", found=str(error))
        raise ContractError([wrong]) from None
    return new


def problems(judge: Judge, fixtures: Fixtures, format_: str, folder: Path) -> list[Violation]:
    """What is wrong with the hand-out in a folder, each with the command that makes it anew."""
    made_from = stamp.sources(judge.spec, fixtures)
    return list(stamp.problems(folder, format_, made_from))


def _headed(name: str, text: str, format_: str) -> str:
    if not name.endswith(".ts"):
        return text
    return f"// Made by `mock-server export --format {format_}`; an edit here is lost.\n{text}"


def _refuse_foreign(folder: Path, format_: str, old: Stamp | None, new: Stamp) -> None:
    if old is not None and old.format != format_:
        fix = "name another folder: each format has its own"
        wrong = Violation("format", f"holds the format {format_}", "", old.format, fix, str(folder))
        raise ContractError([wrong])
    known = set(old.files if old else ())
    names = [
        n for n in (*new.files, stamp.NAME) if n not in known and (old is None or n != stamp.NAME)
    ]
    foreign = [folder / name for name in names if (folder / name).exists()]
    if foreign:
        message, fix = (
            "is not of a hand-out, and would be lost",
            "name another folder, or remove it",
        )
        raise ContractError(
            [Violation("foreign", message, fix=fix, location=str(path)) for path in foreign]
        )


def _place(folder: Path, files: Mapping[str, bytes]) -> None:
    """Writes all files aside and then moves them, the stamp last: what is there is whole."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".export-", dir=folder) as aside:
        for name, content in files.items():
            path = Path(aside) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        for name in files:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (Path(aside) / name).replace(folder / name)
