"""The catalogue: servers with one known defect each, and servers that are correct."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
BY_HAND = ROOT / "examples/planted.yaml"
MUTANTS = HERE / "mutants.yaml"
VARIANTS = HERE / "variants.yaml"
LIKE_THE_REAL_ONE = HERE / "realistic_server/faults.yaml"
EXAMPLE = "examples.releases_server"


@dataclass(frozen=True)
class Edit:
    """In a file below the root, a text that occurs there exactly once gives way to another."""

    file: Path
    replace: str
    put: str

    def applied(self, text: str) -> str:
        """The file's text with the edit. Raises ValueError unless the text is there once."""
        times = text.count(self.replace)
        if times != 1:
            raise ValueError(f"{self.replace!r} is {times} times in {self.file}, not once")
        return text.replace(self.replace, self.put)

    def apply(self, root: Path) -> None:
        """Changes the file below another root. Raises ValueError as `applied` does."""
        file = root / self.file
        file.write_text(self.applied(file.read_text("utf-8")), "utf-8")


@dataclass(frozen=True)
class Defect:
    """Something that a run on a server ought to name: any of the things, at any of the operations.

    operations: operationIds, `outside` (a request that reaches none) or `any`.
    """

    id: str
    what: str
    operations: tuple[str, ...]
    things: tuple[str, ...]


@dataclass(frozen=True)
class Subject:
    """A server to be judged: a module, edits to it, and the defects it has; none if correct.

    group: the class under which it is counted. options: further ones of its command line.
    """

    id: str
    group: str
    what: str
    module: str = EXAMPLE
    edits: tuple[Edit, ...] = ()
    options: tuple[str, ...] = ()
    defects: tuple[Defect, ...] = ()


def planted(file: Path = BY_HAND) -> list[Subject]:
    """The servers with one planted bug each."""
    return [
        Subject(
            id=entry["id"],
            group=entry["class"],
            what=entry["description"],
            edits=(_edit(entry),),
            defects=(_defect(entry),),
        )
        for entry in _entries(file)
    ]


def variants() -> list[Subject]:
    """The correct servers, which must raise no alarm."""
    return [
        Subject(
            id=entry["id"],
            group="correct",
            what=entry["description"],
            module=entry.get("module", EXAMPLE),
            edits=tuple(map(_edit, entry.get("patches", ()))),
            options=tuple(map(str, entry.get("options", ()))),
        )
        for entry in _entries(VARIANTS)
    ]


def realistic_server() -> Subject:
    """The server that has many faults at once."""
    return Subject(
        id="like-the-real-one",
        group="like the real one",
        what="A server with many faults at once, as one in the field has them.",
        module="benchmarks.detection.realistic_server",
        defects=tuple(map(_defect, yaml.safe_load(LIKE_THE_REAL_ONE.read_text("utf-8"))["faults"])),
    )


def subjects() -> list[Subject]:
    """All servers there are."""
    return [*planted(), *planted(MUTANTS), *variants(), realistic_server()]


def _entries(file: Path) -> Iterable[Mapping[str, Any]]:
    entries: list[Mapping[str, Any]] = yaml.safe_load(file.read_text("utf-8"))
    return entries


def _edit(entry: Mapping[str, Any]) -> Edit:
    return Edit(Path(entry["file"]), entry["replace"], entry["with"])


def _defect(entry: Mapping[str, Any]) -> Defect:
    return Defect(
        entry["id"], entry["description"], _several(entry["operation"]), _several(entry["part"])
    )


def _several(value: str | list[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)
