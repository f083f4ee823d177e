"""The files of `mock-server init`: what they contain, and how they are written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

from ..contract.document.references import at
from ..contract.judge import Judge
from ..contract.openapi.files import parse_file
from ..contract.violations import ContractError, Violation
from .examples import MAX_CONTENTS, NewExamples, new_examples
from .overlay import STATIC_RESPONSES, overlay_text
from .resources import Resource, resources_of

OVERLAY, STATIC = "overlay.yaml", "fixtures/static-responses.yaml"


@dataclass(frozen=True)
class Scaffold:
    """The first files for a document, by their paths, and what was inferred."""

    files: Mapping[Path, str]
    resources: tuple[Resource, ...]
    examples: tuple[NewExamples, ...]


def scaffold(judge: Judge, folder: Path, now: int) -> Scaffold:
    """Return the files for a document. now: ms since 1970, for generated timestamps."""
    spec = judge.spec
    resources = resources_of(spec)
    raw = parse_file(spec.document.path).data
    located = (_in_file(judge, raw, each) for each in new_examples(judge, resources, now))
    examples = list(islice((each for each in located if each), MAX_CONTENTS))
    title = str((spec.data.get("info") or {}).get("title", "the API"))
    overlay = overlay_text(str(spec.document.path), title, examples, resources)
    files = {folder / OVERLAY: overlay, folder / STATIC: STATIC_RESPONSES}
    return Scaffold(files, tuple(resources), tuple(examples))


def write(files: Mapping[Path, str]) -> None:
    """Write new files. Raises ContractError, and writes nothing, if one of them exists."""
    existing = [path for path in files if path.exists()]
    if existing:
        fix = "remove it, or choose another folder with --output"
        raise ContractError(
            Violation("--output", "the file already exists", "", path.name, fix, str(path))
            for path in existing
        )
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def _in_file(judge: Judge, raw: Any, each: NewExamples) -> NewExamples | None:
    """Return examples with their JSON pointer in the file; None if an overlay cannot reach it.

    raw: the document as it is in its file, which an overlay changes. Swagger 2.0 has other fields
    there, and the other files of a folder are not part of it.
    """
    document = judge.spec.document
    file, where = document.origin(each.where)
    try:
        at(raw, where)
    except (LookupError, ValueError, TypeError):
        return None
    return replace(each, where=where) if file is document else None
