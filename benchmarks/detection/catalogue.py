"""The catalogue: servers with known defects, and correct servers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from .independent.defects import DEFECTS
from .independent.variants import VARIANTS as INDEPENDENT_VARIANTS

ROOT = Path(__file__).parents[2]
FOLDER = Path(__file__).parent
PLANTED = ROOT / "examples/planted.yaml"
MUTANTS = FOLDER / "mutants.yaml"
VARIANTS = FOLDER / "variants.yaml"
REALISTIC_FAULTS = FOLDER / "realistic_server/faults.yaml"
EXAMPLE = "examples.releases_server"
INDEPENDENT = "benchmarks.detection.independent"


@dataclass(frozen=True)
class Edit:
    """A change of a file: `replace`, which occurs exactly once, becomes `replacement`.

    file: relative to the root of the repository.
    """

    file: Path
    replace: str
    replacement: str

    def applied(self, text: str) -> str:
        """Return the edited text. Raise ValueError unless `replace` occurs exactly once."""
        count = text.count(self.replace)
        if count != 1:
            raise ValueError(f"{self.file}: expected {self.replace!r} once; found it {count} times")
        return text.replace(self.replace, self.replacement)

    def apply(self, root: Path) -> None:
        """Edit the file below another root. Raise ValueError as `applied` does."""
        file = root / self.file
        file.write_text(self.applied(file.read_text("utf-8")), "utf-8")


@dataclass(frozen=True)
class Defect:
    """A bug that a run should report: one of the parts, at one of the operations.

    operations: operationIds, `outside` (an unknown path or method) or `any`.
    parts: see parts.yaml.
    """

    id: str
    description: str
    operations: tuple[str, ...]
    parts: tuple[str, ...]


@dataclass(frozen=True)
class Subject:
    """A server to judge: a module with edits.

    group: the class under which the report counts it.
    options: additional ones of its command line.
    defects: empty for a correct server.
    """

    id: str
    group: str
    description: str
    module: str = EXAMPLE
    edits: tuple[Edit, ...] = ()
    options: tuple[str, ...] = ()
    defects: tuple[Defect, ...] = ()


def planted(file: Path = PLANTED) -> list[Subject]:
    """Return the servers with one planted bug each."""
    return [
        Subject(
            id=entry["id"],
            group=entry["class"],
            description=entry["description"],
            edits=tuple(map(_edit, entry.get("patches", [entry]))),
            defects=(_defect(entry),),
        )
        for entry in _entries(file)
    ]


def variants() -> list[Subject]:
    """Return the correct servers."""
    return [
        Subject(
            id=entry["id"],
            group="correct",
            description=entry["description"],
            module=entry.get("module", EXAMPLE),
            edits=tuple(map(_edit, entry.get("patches", ()))),
            options=tuple(map(str, entry.get("options", ()))),
        )
        for entry in _entries(VARIANTS)
    ]


def realistic_server() -> Subject:
    """Return the server with many faults at once."""
    faults = yaml.safe_load(REALISTIC_FAULTS.read_text("utf-8"))["faults"]
    return Subject(
        id="realistic-server",
        group="realistic",
        description="A server with many faults at once, as in practice.",
        module="benchmarks.detection.realistic_server",
        defects=tuple(map(_defect, faults)),
    )


def independent_servers() -> list[Subject]:
    """Return the servers written from the document alone, with one defect or correct."""
    return [
        *(
            _independent(name, defect.about, "--defect", _any_finding(name, defect.about))
            for name, defect in DEFECTS.items()
        ),
        *(
            _independent(name, variant.about, "--variant")
            for name, variant in INDEPENDENT_VARIANTS.items()
        ),
    ]


def _independent(name: str, about: str, option: str, *defects: Defect) -> Subject:
    return Subject(
        id=f"independent-{name}",
        group="independent",
        description=about,
        module=INDEPENDENT,
        options=(option, name),
        defects=defects,
    )


def _any_finding(name: str, about: str) -> Defect:
    """Return a defect that every finding reports, as the server is correct without it."""
    return Defect(f"independent-{name}", about, ("any",), ("any",))


def subjects() -> list[Subject]:
    """Return all servers."""
    return [
        *planted(),
        *planted(MUTANTS),
        *variants(),
        realistic_server(),
        *independent_servers(),
    ]


def _entries(file: Path) -> Iterable[Mapping[str, Any]]:
    entries: list[Mapping[str, Any]] = yaml.safe_load(file.read_text("utf-8"))
    return entries


def _edit(entry: Mapping[str, Any]) -> Edit:
    return Edit(Path(entry["file"]), entry["replace"], entry["with"])


def _defect(entry: Mapping[str, Any]) -> Defect:
    operations, parts = _as_tuple(entry["operation"]), _as_tuple(entry["part"])
    return Defect(entry["id"], entry["description"], operations, parts)


def _as_tuple(value: str | list[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)
