"""The files of `mock-server init`: what they contain, and how they are written."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from ..contract.document.operation import Operation
from ..contract.document.references import at
from ..contract.document.spec import Spec
from ..contract.judge import judge_of
from ..contract.openapi.files import parse_file
from ..contract.violations import ContractError, Violation, parts
from ..generation.scalars.text_formats import DAY
from .changes import Change, extended, operation_changes, resource_changes
from .examples import MAX_CONTENTS, NewExamples, new_examples
from .fixtures import new_fixtures
from .overlay import overlay_text, static_text
from .resources import Proposal, proposals_of

OVERLAY, FIXTURES, STATIC = "overlay.yaml", "fixtures", "static-responses.yaml"

# Returns the problems of the document with overlays and a folder of fixtures
Check = Callable[[Path | None, Sequence[Path]], Sequence[Violation]]


@dataclass(frozen=True)
class Scaffold:
    """The first files for a document, by their paths, and what was inferred.

    counts: the number of resources by the folder of their fixtures.
    """

    files: Mapping[Path, str]
    proposals: tuple[Proposal, ...]
    counts: Mapping[str, int]
    examples: tuple[NewExamples, ...]


def scaffold(spec: Spec, folder: Path, now: int, check: Check) -> Scaffold:
    """Return the files for a document. now: ms since 1970, for generated timestamps.

    A type of resource is left out if the mock could not serve it without a problem.
    """
    raw = parse_file(spec.document.path).data
    own = spec.document.own
    proposals = [] if own else list(_reachable(spec, raw, proposals_of(spec.data)))
    known = frozenset(map(_kind, check(None, ()))) if proposals else frozenset()
    while True:
        attempt = _attempt(spec, raw, folder, proposals, now)
        left_out = attempt.missing or _culprits(attempt, folder, check, known)
        if not left_out:
            return attempt.scaffold
        proposals = list(_without(proposals, left_out))


@dataclass(frozen=True)
class _Attempt:
    """Files with some proposals, and the contract that the mock then has."""

    scaffold: Scaffold
    spec: Spec
    missing: frozenset[str]


def _attempt(spec: Spec, raw: Any, folder: Path, proposals: list[Proposal], now: int) -> _Attempt:
    changes = list(resource_changes(proposals))
    changes += operation_changes(extended(spec.document, changes), proposals)
    judge = judge_of(extended(spec.document, changes))
    fixtures = new_fixtures(judge, proposals, now - now % DAY + DAY)
    located = (_in_file(spec, raw, each) for each in new_examples(judge, now))
    examples = tuple(islice((each for each in located if each), MAX_CONTENTS))
    reached = [each for each in (_in_file(spec, raw, c) for c in changes) if each]
    title = str((spec.data.get("info") or {}).get("title", "the API"))
    texts = {
        STATIC: static_text(spec.data["paths"]),
        **fixtures.files,
    }
    files = {folder / FIXTURES / name: text for name, text in texts.items()}
    if reached or examples:  # an overlay must have an action
        overlay = overlay_text(str(spec.document.path), title, reached, examples)
        files = {folder / OVERLAY: overlay, **files}
    result = Scaffold(files, tuple(proposals), fixtures.counts, examples)
    return _Attempt(result, judge.spec, frozenset(fixtures.missing))


def _culprits(attempt: _Attempt, folder: Path, check: Check, known: Collection[str]) -> set[str]:
    """Return the types with which the mock has problems that it does not have without them.

    If a problem does not say whose it is, this is the last type.
    """
    proposals = attempt.scaffold.proposals
    with tempfile.TemporaryDirectory() as temporary:
        base = Path(temporary)
        for path, text in attempt.scaffold.files.items():
            _write(base / path.relative_to(folder), text)
        try:
            overlays = [base / OVERLAY] if (base / OVERLAY).exists() else []
            problems = check(base / FIXTURES, overlays)
        except ContractError as error:
            problems = error.violations
    new = [each for each in problems if _kind(each) not in known]
    if not new or not proposals:
        return set()
    found = {name for each in new for name in _types(each, attempt)}
    return found or {proposals[-1].schema}


def _kind(violation: Violation) -> str:
    return f"{violation.rule} {violation.message} {violation.pointer}"


def _types(violation: Violation, attempt: _Attempt) -> Iterator[str]:
    """Yield the types that a problem is about: by its file, its schema or its operation."""
    file = Path(violation.location.partition(".yaml")[0])
    steps = parts(violation.pointer)
    for each in attempt.scaffold.proposals:
        if each.folder in (file.name, file.parent.name) or each.schema in steps[:3]:
            yield each.schema
    for operation in attempt.spec.operations.values():
        of_operation = violation.pointer.startswith((operation.pointer, *_pointers(operation)))
        found = attempt.spec.type_of(operation) if of_operation else None
        if found is not None:
            yield found.name


def _pointers(operation: Operation) -> list[str]:
    """Return the JSON pointers of the responses of an operation."""
    return [each.pointer for each in operation.responses.values()]


def _without(proposals: Iterable[Proposal], left_out: Collection[str]) -> Iterator[Proposal]:
    """Yield the other proposals, without a parent that is left out."""
    for each in proposals:
        if each.schema not in left_out:
            orphan = each.parent is not None and each.parent[0] in left_out
            yield replace(each, parent=None) if orphan else each


def _reachable(spec: Spec, raw: Any, proposals: Iterable[Proposal]) -> Iterator[Proposal]:
    """Yield the proposals, and their lifecycles, that an overlay can add to the document."""
    for each in proposals:
        if _in_file(spec, raw, Change(each.where, {}, "")):
            lifecycle = each.lifecycle
            if lifecycle and _in_file(spec, raw, Change(lifecycle.where, {}, "")):
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
    for path, text in files.items():
        _write(path, text)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
