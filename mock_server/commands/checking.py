"""Check a spec and its fixtures, or single files of any kind, without serving them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..app.mock import mock_of
from ..app.sources import fixtures_folder, fixtures_of
from ..contract.document.loading import load as load_spec
from ..contract.judge import Judge, judge_of
from ..contract.openapi_core_check import differences
from ..contract.source import yaml_documents
from ..contract.source.yaml_documents import Document
from ..contract.violations import ContractError, Violation, nearest
from ..fixtures import file_schemas, loading, readers
from ..fixtures.counterexamples import judge_counterexample
from ..fixtures.values import Fixtures
from ..state.catalog import catalog_of


@dataclass(frozen=True)
class Result:
    """The result of a check.

    valid: a line for each source that is valid.
    notes: remarks that do not make a source invalid.
    """

    violations: tuple[Violation, ...]
    valid: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def check_all(spec: Path, fixtures: Path | None) -> Result:
    """Check a spec, a folder of fixtures, and that each counter-example breaks exactly its rule.

    Raises ContractError for an invalid spec, because nothing else can be judged without it.
    """
    try:
        judge = judge_of(load_spec(spec))
    except ContractError as error:  # the form of the files can be checked without the spec
        malformed = _malformed(fixtures) if fixtures else ()
        raise ContractError([*error.violations, *malformed]) from None
    violations: list[Violation] = []
    valid = [f"{spec}: {len(judge.spec.operations)} operations, {_count_rules(judge)} rules"]
    folder = fixtures_folder(judge, fixtures)
    try:
        loaded = fixtures_of(judge, folder)
        mock = mock_of(judge, loaded)
        violations += differences(mock.resolver.judge) if judge.spec.release else ()
        valid += [f"{folder}: {count_fixtures(loaded)}"] if folder else []
    except ContractError as error:
        violations += error.violations
    folder = (folder or Path()) / "broken"
    counterexamples = loading.files(folder) if folder.is_dir() else []
    wrong, tested_rules = _check_counterexamples(counterexamples, judge)
    violations += wrong
    if counterexamples and not wrong:
        valid.append(f"{folder}: {len(counterexamples)} counter-examples, each breaks its rule")
    untested = [rule.id for rule in judge.rules.all() if rule.id not in tested_rules]
    notes = [f"the rule {rule} has no counter-example" for rule in untested if counterexamples]
    return Result(tuple(violations), tuple(valid), tuple(notes))


def check_files(paths: list[Path], spec: Path, fixtures: Path | None) -> Result:
    """Check single files, and all YAML files of folders. The keys of a file determine its kind.

    Raises ContractError for an invalid spec, and if the paths contain no file.
    """
    judge = judge_of(load_spec(spec))
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


def count_fixtures(fixtures: Fixtures) -> str:
    """Return the number of fixtures of each kind, such as "3 releases, 1 scenarios"."""
    counts = {
        "releases": len(fixtures.releases),
        "scenarios": len(fixtures.scenarios),
        "packages": len(fixtures.packages),
        "accounts": len(fixtures.accounts),
    }
    return ", ".join(f"{count} {kind}" for kind, count in counts.items())


def _count_rules(judge: Judge) -> int:
    return sum(1 for _ in judge.rules.all())


def _yaml_files(path: Path) -> Iterator[Path]:
    """Yield a file itself, or the YAML files of a folder and its subfolders."""
    if path.is_dir():
        yield from sorted(p for p in path.rglob("*") if p.suffix in (".yaml", ".yml"))
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


def _check_counterexamples(paths: Iterable[Path], judge: Judge) -> tuple[list[Violation], set[str]]:
    """Return the violations of counter-examples, and the rules that have one."""
    violations: list[Violation] = []
    rules: set[str] = set()
    for path in paths:
        try:
            document = yaml_documents.read(path)
            rules.add(str(document.data.get("rule")) if isinstance(document.data, dict) else "")
            found = judge_counterexample(document, judge)
        except ContractError as error:
            violations += error.violations
        else:
            violations += _wrong_counterexample(document, found, judge)
    return violations, rules


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
    if kind is None:
        message = f"a file must have one of the keys {', '.join(file_schemas.KINDS)}"
        return [Violation("kind", message, location=document.location())]
    if kind == "counterexample":
        return judge_counterexample(document, judge)
    if kind == "scenario":
        releases = fixtures_of(judge, fixtures).releases
        readers.read_scenario(document, judge, releases)
        return []
    READERS[kind](document, judge)
    return []


READERS: dict[str, Callable[[Document, Judge], Any]] = {
    "release": readers.read_release,
    "packages": readers.read_packages,
    "accounts": readers.read_accounts,
    "static-responses": readers.read_static_responses,
}


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
