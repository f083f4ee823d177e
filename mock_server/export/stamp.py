"""The stamp of an export, ``stamp.json``: digests of its sources and of its files."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path, PurePath

from ..contract.document.spec import Spec
from ..contract.violations import Violation
from ..fixtures.loading import files, read_paths
from ..fixtures.values import Fixtures

NAME = "stamp.json"
VERSION = 4  # of all formats: increase it if the same sources result in other files


@dataclass(frozen=True)
class Stamp:
    """The stamp of an export.

    version: VERSION of the program that wrote it; sources: the digest of spec and fixtures;
    files: the digest of each file by its name.
    """

    format: str
    version: int
    sources: str
    files: Mapping[str, str]

    def summary(self) -> list[str]:
        """Return the names of the files, and for each subfolder its number of files."""
        folders = Counter(str(PurePath(name).parent) for name in self.files)
        names = [name for name in self.files if PurePath(name).name == name]
        counts = [f"{count} in {folder}" for folder, count in folders.items() if folder != "."]
        return [*names, *counts, NAME]

    def text(self) -> str:
        """Return the content of the file."""
        return json.dumps(asdict(self), indent=2) + "\n"


def sources_digest(spec: Spec, fixtures: Fixtures) -> str:
    """Return a digest of the spec and of all fixtures. It does not depend on line endings."""
    folder = fixtures.folder
    paths = [path for path in map(folder.joinpath, read_paths(spec)) if path.exists()]
    paths = [file for path in paths for file in (files(path) if path.is_dir() else [path])]
    named_paths = [("spec", spec.document.path), *((str(p.relative_to(folder)), p) for p in paths)]
    digest = hashlib.sha256()
    for name, path in named_paths:
        text = path.read_bytes().replace(b"\r\n", b"\n")
        digest.update(f"{name}\0{len(text)}\0".encode() + text)
    return f"sha256:{digest.hexdigest()}"


def file_digest(content: bytes) -> str:
    """Return the digest of a file. It does not depend on line endings."""
    return hashlib.sha256(content.replace(b"\r\n", b"\n")).hexdigest()


def read(folder: Path) -> Stamp | None:
    """Return the stamp of a folder; None if it has none, or an invalid one."""
    try:
        data = json.loads((folder / NAME).read_bytes())
        stamp = Stamp(data["format"], data["version"], data["sources"], dict(data["files"]))
    except (OSError, ValueError, TypeError, LookupError):
        return None
    # An export overwrites and removes the files of its stamp: they must be inside the folder.
    paths = [PurePath(name) for name in stamp.files]
    inside = all(".." not in path.parts and not path.is_absolute() for path in paths)
    return stamp if inside else None


def problems(folder: Path, format_: str, sources: str) -> Iterator[Violation]:
    """Yield why an export is not up to date: it is missing, outdated, incomplete or edited.

    sources: digest of the current sources.
    """
    stamp = read(folder)
    if stamp is None:
        message = f"expected an export with a valid {NAME}"
        yield Violation("stamp", message, found="none", location=str(folder))
        return
    if stamp.format != format_:
        message = f"expected an export in the format {format_}"
        yield Violation("format", message, found=stamp.format, location=str(folder))
        return
    if stamp.version != VERSION:
        message = f"expected an export of version {VERSION}"
        yield Violation("outdated", message, found=f"version {stamp.version}", location=str(folder))
    elif stamp.sources != sources:
        message = "expected an export of the current spec and fixtures"
        yield Violation("outdated", message, found="an older one", location=str(folder))
    for name, expected in stamp.files.items():
        path = folder / name
        if not path.is_file():
            message = "expected a file of the export"
            yield Violation("missing", message, found="none", location=str(path))
        elif file_digest(path.read_bytes()) != expected:
            message = "expected an unchanged file"
            yield Violation("edited", message, found="an edit", location=str(path))
