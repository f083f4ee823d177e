"""The stamp of a hand-out: what it was made from, and what its files were when it was made."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path, PurePath

from ..contract.document.spec import Spec
from ..contract.violations import Violation
from ..fixtures.loading import FILES, files
from ..fixtures.values import Fixtures

NAME = "stamp.json"
VERSION = 1  # of the form of all hand-outs: one more when the same sources give other files


@dataclass(frozen=True)
class Stamp:
    """Which format, in which version, from which sources; each file's digest by its name."""

    format: str
    version: int
    sources: str
    files: Mapping[str, str]

    def told(self) -> list[str]:
        """The files in words: of a folder within only how many there are."""
        within = Counter(str(PurePath(name).parent) for name in self.files)
        top = [name for name in self.files if PurePath(name).name == name]
        return [*top, *(f"{n} in {folder}" for folder, n in within.items() if folder != "."), NAME]

    def text(self) -> str:
        """The stamp as it is written."""
        return json.dumps(asdict(self), indent=2) + "\n"


def sources(spec: Spec, fixtures: Fixtures) -> str:
    """A digest of the spec and of all fixtures that are served, whatever their line ends."""
    folder = fixtures.folder
    paths = [path for name in ("releases", "scenarios") for path in files(folder / name)]
    paths += [folder / name for name in FILES if (folder / name).exists()]
    told = [("spec", spec.document.path), *((str(p.relative_to(folder)), p) for p in paths)]
    whole = hashlib.sha256()
    for name, path in told:
        text = path.read_bytes().replace(b"\r\n", b"\n")
        whole.update(f"{name}\0{len(text)}\0".encode() + text)
    return f"sha256:{whole.hexdigest()}"


def digest(text: bytes) -> str:
    """What tells one content of a file from another."""
    return hashlib.sha256(text.replace(b"\r\n", b"\n")).hexdigest()


def read(folder: Path) -> Stamp | None:
    """The stamp of a folder, or None when it has none that can be read."""
    try:
        says = json.loads((folder / NAME).read_bytes())
        told = Stamp(says["format"], says["version"], says["sources"], dict(says["files"]))
    except (OSError, ValueError, TypeError, LookupError):
        return None
    inside = all(
        ".." not in PurePath(n).parts and not PurePath(n).is_absolute() for n in told.files
    )
    return told if inside else None  # whatever it names may be written over


def problems(folder: Path, format_: str, made_from: str) -> Iterator[Violation]:
    """What is wrong with the hand-out in a folder: none there, stale, files missing or edited."""
    stamp = read(folder)
    if stamp is None:
        yield Violation(
            "stamp", f"holds a hand-out with its {NAME}", found="none", location=str(folder)
        )
        return
    if stamp.format != format_:
        wrong = f"holds the format {format_}"
        yield Violation("format", wrong, found=stamp.format, location=str(folder))
        return
    if (stamp.version, stamp.sources) != (VERSION, made_from):
        what = "spec and fixtures" if stamp.version == VERSION else "this version"
        yield Violation(
            "stale", f"was made from {what} as they are", found="others", location=str(folder)
        )
    for name, expected in stamp.files.items():
        path = folder / name
        if not path.is_file():
            yield Violation("missing", "is there", found="none", location=str(path))
        elif digest(path.read_bytes()) != expected:
            yield Violation("edited", "is as it was made", found="an edit", location=str(path))
