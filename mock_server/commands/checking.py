"""Check a spec and its fixtures, or single files of any kind, without serving them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from ..app.mock import mock_of
from ..app.sources import fixtures_folder, fixtures_of
from ..contract.document.loading import load as load_spec
from ..contract.document.resources.types import ResourceType
from ..contract.judge import Judge, judge_of
from ..contract.openapi_core_check import differences
from ..contract.source import yaml_documents
from ..contract.source.files import yaml_files
from ..contract.source.yaml_documents import Document
from ..contract.violations import ContractError, Violation, nearest
from ..fixtures import file_schemas, loading, readers
from ..fixtures.counterexamples import judge_counterexample
from ..fixtures.scenarios import read_scenario
from ..fixtures.values import Fixtures
from ..probing.inspection import inspect
from ..state.catalog import catalog_of


@dataclass(frozen=True)
class Result:
    """The result of a check.

    valid: a line for each source that is valid.
    notes: remarks that do not make a source invalid.
    """

    violations: tuple[Violation, ...]
    valid: tuple[str, ...] = ()
    notes: tuple[Violation, ...] = ()


def check_all(spec: Path, fixtures: Path | None, overlays: Sequence[Path] = ()) -> Result:
    """Check a spec, a folder of fixtures, that each counter-example breaks exactly its rule, and
    the responses of the mock.

    Raises ContractError for an invalid spec, because nothing else can be judged without it.
    """
    try:
        judge = judge_of(load_spec(spec, overlays))
    except ContractError as error:  # the form of the files can be checked without the spec
        malformed = _malformed(fixtures) if fixtures else ()
        raise ContractError([*error.violations, *malformed]) from None
    folder = fixtures_folder(judge, fixtures)
    parts = [
        Result((), (f"{spec}: {_contents(judge)}",), judge.spec.document.notes),
        _check_mock(judge, folder),
        _check_counterexamples((folder or Path()) / loading.COUNTEREXAMPLES, judge),
    ]
    return Result(
        tuple(each for part in parts for each in part.violations),
        tuple(each for part in parts for each in part.valid),
        tuple(each for part in parts for each in part.notes),
    )


def _check_mock(judge: Judge, folder: Path | None) -> Result:
    """Check the fixtures, and the responses of a mock that serves them."""
    try:
        loaded = fixtures_of(judge, folder)
        mock = mock_of(judge, loaded)
    except ContractError as error:
        return Result(error.violations)
    valid = [f"{folder}: {count_fixtures(judge, loaded)}"] if folder else []
    inspection = inspect(mock)
    if not inspection.problems:
        valid.append(f"mock: {inspection.requests} requests, each response is valid")
    second = differences(mock.resolver.judge) if judge.spec.document.own else ()
    problems = (*inspection.problems, *second)
    return Result(problems, tuple(valid), inspection.notes)


def check_files(
    paths: list[Path], spec: Path, fixtures: Path | None, overlays: Sequence[Path] = ()
) -> Result:
    """Check single files, and all YAML files of folders. The keys of a file determine its kind.

    Raises ContractError for an invalid spec, and if the paths contain no file.
    """
    judge = judge_of(load_spec(spec, overlays))
    folder = fixtures_folder(judge, fixtures)
    files = [file for path in paths for file in _yaml_files(path)]
    if not files:
        message, location = "a folder must contain YAML files", ", ".join(map(str, paths))
        raise ContractError([Violation("files", message, found="none", location=location)])
    violations: list[Violation] = []
    valid = []
    for path in files:
        try:
            of_file = _check_file(yaml_documents.read(path), judge, folder)
        except ContractError as error:
            of_file = list(error.violations)
        violations += of_file
        if not of_file:
            valid.append(f"{path}: valid")
    if not violations:
        violations = list(_check_against_folder(files, judge, folder)) if folder else []
    return Result(tuple(violations), () if violations else tuple(valid))


def count_fixtures(judge: Judge, fixtures: Fixtures) -> str:
    """Return the number of resources of each type, such as "3 orders, 1 scenarios".

    The types with a timeline are first, then their scenarios. The name of a folder is the noun.
    """
    moving = judge.spec.with_timelines
    still = [each for each in judge.spec.types.values() if each.timeline is None]
    counts = [(_count(fixtures, each), each.folder) for each in moving]
    counts += [(len(fixtures.scenarios), loading.SCENARIOS)] if moving else []
    counts += [(_count(fixtures, each), each.folder) for each in still]
    if not any(count for count, _ in counts):
        counts = [(len(fixtures.static_responses), "static responses")]
    return ", ".join(f"{count} {noun}" for count, noun in counts)


def _count(fixtures: Fixtures, resource_type: ResourceType) -> int:
    listed = [each for each in fixtures.listed if each.type.name == resource_type.name]
    return len(listed) + len(fixtures.of_type(resource_type.name))


def _contents(judge: Judge) -> str:
    """Return the number of operations of a document, and of its rules if it has some."""
    counts = [(len(judge.spec.operations), "operation")]
    counts += [(sum(1 for _ in judge.rules.all()), "rule")]
    return ", ".join(
        f"{count} {noun}{'' if count == 1 else 's'}" for count, noun in counts if count
    )


def _yaml_files(path: Path) -> Iterator[Path]:
    """Yield a file itself, or the YAML files of a folder and its subfolders."""
    if path.is_dir():
        yield from yaml_files(path)
    else:
        yield path


def _malformed(fixtures: Path) -> Iterator[Violation]:
    """Yield what is wrong with the form of the files of a folder. This needs no spec."""
    for path in _yaml_files(fixtures) if fixtures.is_dir() else ():
        try:
            document = yaml_documents.read(path)
        except ContractError as error:
            yield from error.violations
        else:
            kind = file_schemas.kind_of(document)
            yield from file_schemas.form_violations(kind, document) if kind else ()


def _check_counterexamples(folder: Path, judge: Judge) -> Result:
    """Check that each counter-example of a folder breaks exactly its rule."""
    paths = loading.files(folder) if folder.is_dir() else []
    violations: list[Violation] = []
    tested: set[str] = set()
    for path in paths:
        try:
            document = yaml_documents.read(path)
            tested.add(str(document.data.get("rule")) if isinstance(document.data, dict) else "")
            found = judge_counterexample(document, judge)
        except ContractError as error:
            violations += error.violations
        else:
            violations += _wrong_counterexample(document, found, judge)
    all_valid = f"{folder}: {len(paths)} counter-examples, each breaks its rule"
    untested = [rule for rule in judge.rules.all() if rule.id not in tested and paths]
    notes = [Violation("rules", f"the rule {rule.id} has no counter-example") for rule in untested]
    valid = (all_valid,) if paths and not violations else ()
    return Result(tuple(violations), valid, tuple(notes))


def _wrong_counterexample(
    document: Document, found: list[Violation], judge: Judge
) -> list[Violation]:
    """Return what is wrong with a counter-example that breaks something else than its rule."""
    rule, rules = document.data["rule"], judge.rules.by_id
    broken = {violation.rule for violation in found}
    if broken == {rule}:
        return []
    of_schema = [each for each in found if each.rule != rule and each.rule not in rules]
    if of_schema:
        return of_schema
    actual = f"it breaks {', '.join(sorted(broken)) or 'no rule'}"
    message = f"a counter-example must break exactly its rule, {rule}"
    fix = nearest(rule, rules)
    fix = fix if rule not in rules and fix.startswith("did you mean") else ""
    return [Violation("counter-example", message, "/rule", actual, fix, document.location("/rule"))]


def _check_file(document: Document, judge: Judge, fixtures: Path | None) -> list[Violation]:
    """Return what is wrong with one file. Raises ContractError for a file of invalid form."""
    if isinstance(document.data, dict) and "openapi" in document.data:
        judge_of(load_spec(document.path))
        return []
    kind = file_schemas.kind_of(document)
    if kind == "counterexample":
        return judge_counterexample(document, judge)
    if kind == "scenario":
        read_scenario(document, judge, fixtures_of(judge, fixtures).fixtures)
        return []
    read = READERS.get(kind or "") or _reader_of_type(document, judge, kind == "fixture")
    read(document, judge)
    return []


READERS: dict[str, Callable[[Document, Judge], Any]] = {
    "credentials": readers.read_credentials,
    "static-responses": readers.read_static_responses,
}


def _reader_of_type(
    document: Document, judge: Judge, is_fixture: bool
) -> Callable[[Document, Judge], Any]:
    """Return what reads a fixture, or a list of resources. Raises ContractError if it is neither.

    The folder of a fixture names its type; the key of a list does.
    """
    types = {each.folder: each for each in judge.spec.types.values()}
    if is_fixture:
        found = document.path.resolve().parent.name
        if found in types:
            return partial(readers.read_fixture, resource_type=types[found])
        message, fix = f"must be in a folder of a type: {', '.join(types)}", nearest(found, types)
        raise ContractError([Violation("folder", message, "", found, fix, document.location())])
    for key in document.data if isinstance(document.data, dict) else ():
        if key in types:
            return partial(readers.read_list, resource_type=types[key])
    keys = ", ".join([*file_schemas.KINDS, *types])
    message = f"a file must have one of the keys {keys}"
    raise ContractError([Violation("kind", message, location=document.location())])


def _check_against_folder(files: list[Path], judge: Judge, fixtures: Path) -> Iterator[Violation]:
    """Yield conflicts between files in the folder of fixtures and the other files there.

    Such as a version that exists twice, or a package that does not exist.
    """
    checked = {
        path.resolve() for path in files if path.resolve().is_relative_to(fixtures.resolve())
    }
    if not checked:
        return
    try:
        catalog_of(judge.spec, loading.load(fixtures, judge))
    except ContractError as error:
        for violation in error.violations:
            file = Path(violation.location.partition(":")[0]).resolve()
            if file in checked or any(path.name in violation.fix for path in checked):
                yield violation
