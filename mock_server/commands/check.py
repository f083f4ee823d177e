"""Checks a spec and its fixtures, or single files of any kind, without serving anything."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..app.mock import mock_of
from ..contract.document.loading import load as load_spec
from ..contract.judge import Judge, judge_of
from ..contract.openapi_core_check import differences
from ..contract.source import yaml_documents
from ..contract.source.yaml_documents import Document
from ..contract.violations import ContractError, Violation
from ..fixtures import file_schemas, loading, readers
from ..fixtures.counterexamples import judge_counterexample
from ..fixtures.values import Fixtures
from ..state.catalog import catalog_of


@dataclass(frozen=True)
class Result:
    """What a check found, what holds in words, and what is worth a note though nothing is wrong."""

    problems: tuple[Violation, ...]
    holds: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def check_all(spec: Path, fixtures: Path) -> Result:
    """Checks a spec, the fixtures of a folder, and that each counter-example breaks its own rule.

    Raises ContractError when the spec cannot be worked with: without it nothing else can be judged.
    """
    try:
        judge = judge_of(load_spec(spec))
    except ContractError as error:  # what can be said of the files without it is said all the same
        raise ContractError([*error.violations, *_misshapen(fixtures)]) from None
    problems: list[Violation] = []
    holds = [f"{spec}: {len(judge.spec.operations)} operations, {_rules(judge)} rules"]
    try:
        loaded = loading.load(fixtures, judge)
        problems += differences(mock_of(judge, loaded).resolver.judge)
        holds.append(f"{fixtures}: {counted(loaded)}")
    except ContractError as error:
        problems += error.violations
    proven: set[str] = set()
    broken = loading.files(fixtures / "broken")
    wrong: list[Violation] = []
    for path in broken:
        try:
            wrong += _proof(yaml_documents.read(path), judge, proven)
        except ContractError as error:
            wrong += error.violations
    problems += wrong
    if broken and not wrong:
        holds.append(f"{fixtures / 'broken'}: {len(broken)} counter-examples, each breaks its rule")
    unproven = [rule.id for rule in judge.rules.all() if rule.id not in proven]
    notes = [f"no counter-example proves the rule {name}" for name in unproven if broken]
    return Result(tuple(problems), tuple(holds), tuple(notes))


def check_files(paths: list[Path], spec: Path, fixtures: Path) -> Result:
    """Checks single files, each by the kind that its keys tell, and all files of folders.

    Raises ContractError when the spec cannot be worked with.
    """
    judge = judge_of(load_spec(spec))
    problems: list[Violation] = []
    holds = []
    files = [file for given in paths for file in _files(given)]
    if not files:
        message, place = "a folder to check holds YAML files", ", ".join(map(str, paths))
        raise ContractError([Violation("files", message, found="none", location=place)])
    for path in files:
        try:
            found = _check_file(yaml_documents.read(path), judge, fixtures)
        except ContractError as error:
            found = list(error.violations)
        problems += found
        if not found:
            holds.append(f"{path}: holds")
    if not problems:
        problems = list(_together(files, judge, fixtures))
    return Result(tuple(problems), () if problems else tuple(holds))


def _together(files: list[Path], judge: Judge, fixtures: Path) -> Iterator[Violation]:
    """What is wrong with files of the folder beside the others in it: a name that another has, a
    package that is not there."""
    own = {path.resolve() for path in files if path.resolve().is_relative_to(fixtures.resolve())}
    if not own:
        return
    try:
        catalog_of(judge.spec, loading.load(fixtures, judge))
    except ContractError as error:
        for violation in error.violations:
            place = Path(violation.location.partition(":")[0]).resolve()
            if place in own or any(path.name in violation.fix for path in own):
                yield violation


def counted(fixtures: Fixtures) -> str:
    """How much of everything there is, in words."""
    counts = {
        "releases": len(fixtures.releases),
        "scenarios": len(fixtures.scenarios),
        "packages": len(fixtures.packages),
        "accounts": len(fixtures.accounts),
    }
    return ", ".join(f"{count} {what}" for what, count in counts.items())


def _misshapen(fixtures: Path) -> Iterator[Violation]:
    """What is wrong with the form of the files of a folder, whatever the spec says."""
    for path in _files(fixtures) if fixtures.is_dir() else ():
        try:
            document = yaml_documents.read(path)
        except ContractError as error:
            yield from error.violations
        else:
            kind = file_schemas.kind_of(document)
            yield from file_schemas.problems(kind, document) if kind else ()


def _rules(judge: Judge) -> int:
    return sum(1 for _ in judge.rules.all())


def _files(path: Path) -> Iterator[Path]:
    if path.is_dir():
        yield from sorted(p for p in path.rglob("*") if p.suffix in (".yaml", ".yml"))
    else:
        yield path


def _proof(document: Document, judge: Judge, proven: set[str]) -> Iterator[Violation]:
    """Whether a counter-example breaks exactly the rule it names."""
    found = {violation.rule for violation in judge_counterexample(document, judge)}
    rule = document.data["rule"]
    proven.add(rule)
    if found != {rule}:
        broken = ", ".join(sorted(found)) or "no rule at all"
        message = f"a counter-example breaks exactly its own rule, {rule}"
        place = document.location("/rule")
        yield Violation("counter-example", message, "/rule", f"it breaks {broken}", location=place)


def _check_file(document: Document, judge: Judge, fixtures: Path) -> list[Violation]:
    data = document.data
    if isinstance(data, dict) and "openapi" in data:
        judge_of(load_spec(document.path))
        return []
    kind = file_schemas.kind_of(document)
    if kind is None:
        keys = ", ".join(file_schemas.KINDS)
        message = f"a file has one of the keys by which its kind is known: {keys}"
        return [Violation("kind", message, location=document.location())]
    if kind == "counterexample":
        return judge_counterexample(document, judge)
    if kind == "scenario":
        releases = loading.load(fixtures, judge).releases
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
