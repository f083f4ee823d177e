"""The files of `mock-server init`: what they contain, and how they are written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from ..contract.document.references import at
from ..contract.document.spec import Spec
from ..contract.judge import judge_of
from ..contract.openapi.files import parse_file
from ..contract.violations import ContractError, Violation
from ..foundation import whole_files
from ..generation.scalars.text_formats import DAY
from .changes import Change, extended, operation_changes, resource_changes
from .examples import MAX_CONTENTS, NewExamples, new_examples
from .fixtures import new_fixtures
from .overlay import overlay_text, static_text
from .resources import Plan, Proposal, proposals_of
from .verification import FIXTURES, OVERLAY, checked

STATIC = "static-responses.yaml"


@dataclass(frozen=True)
class Scaffold:
    """The first files for a document, by their paths, and what was inferred.

    counts: the number of resources by the folder of their fixtures.
    """

    files: Mapping[Path, str]
    proposals: tuple[Proposal, ...]
    counts: Mapping[str, int]
    examples: tuple[NewExamples, ...]


def scaffold(spec: Spec, folder: Path, now: int) -> Scaffold:
    """Return the files for a document. now: ms since 1970, for generated timestamps.

    A type of resource is left out if the mock could not serve it without a problem, and so is an
    action of an operation.
    """
    raw = parse_file(spec.document.path).data
    proposals = () if spec.document.own else tuple(_reachable(spec, raw))
    plan = Plan(proposals)
    while True:
        made = _scaffold(spec, raw, folder, plan, now)
        smaller = checked(spec, plan, {p.relative_to(folder): t for p, t in made.files.items()})
        if smaller == plan:
            return made
        plan = smaller


def _scaffold(spec: Spec, raw: Any, folder: Path, plan: Plan, now: int) -> Scaffold:
    changes = list(resource_changes(plan.proposals))
    changes += operation_changes(extended(spec.document, changes), plan)
    judge = judge_of(extended(spec.document, changes))
    fixtures = new_fixtures(judge, plan.proposals, now - now % DAY + DAY)
    # Operations on the new resources need none, because they return the fixtures.
    operations = judge.spec.operations.values()
    others = [o for o in operations if spec.document.own or not (o.lookup or o.action)]
    located = (_in_file(spec, raw, each) for each in new_examples(judge, others, now))
    examples = tuple(islice((each for each in located if each), MAX_CONTENTS))
    reached = [each for each in (_in_file(spec, raw, c) for c in changes) if each]
    title = str((spec.data.get("info") or {}).get("title", "the API"))
    texts = {STATIC: static_text(spec.data["paths"]), **fixtures.files}
    files = {folder / FIXTURES / name: text for name, text in texts.items()}
    if reached or examples:  # an overlay must have an action
        overlay = overlay_text(str(spec.document.path), title, reached, examples)
        files = {folder / OVERLAY: overlay, **files}
    return Scaffold(files, plan.proposals, fixtures.counts, examples)


def _reachable(spec: Spec, raw: Any) -> Iterator[Proposal]:
    """Yield the proposals, and their lifecycles, that an overlay can add to the document."""
    for each in proposals_of(spec.data):
        if _in_file(spec, raw, Change(each.where, {}, "")):
            lifecycle = each.lifecycle
            parts = lifecycle.parts if lifecycle else ()
            if all(_in_file(spec, raw, Change(part.where, {}, "")) for part in parts):
                yield each
            else:
                yield replace(each, lifecycle=None)


Located = TypeVar("Located", Change, NewExamples)


def _in_file(spec: Spec, raw: Any, each: Located) -> Located | None:
    """Return a change with its JSON pointer in the file; None if an overlay cannot reach it.

    raw: the document as it is in its file, which an overlay changes. Swagger 2.0 has other fields
    there, and the other files of a folder are not part of it.
    """
    file, where = spec.document.origin(each.where)
    try:
        at(raw, where)
    except (LookupError, ValueError, TypeError):
        return None
    return replace(each, where=where) if file.path == spec.document.path else None


def write(files: Mapping[Path, str]) -> None:
    """Write new files. Raises ContractError, and writes nothing, if one of them exists."""
    existing = [path for path in files if path.exists()]
    if existing:
        fix = "remove it, or choose another folder with --output"
        raise ContractError(
            Violation("--output", "the file already exists", "", path.name, fix, str(path))
            for path in existing
        )
    contents = {path: text.encode("utf-8", "backslashreplace") for path, text in files.items()}
    whole_files.write_all(contents)
