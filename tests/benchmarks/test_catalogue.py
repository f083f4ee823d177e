"""Every server of the catalogue can be created from its entry."""

import ast
import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
import yaml

from benchmarks.detection.catalogue import (
    MUTANTS,
    PLANTED,
    ROOT,
    Subject,
    planted,
    realistic_server,
    subjects,
    variants,
)
from benchmarks.detection.matching import ANY, OUTSIDE, find_match, pattern, spellings
from benchmarks.detection.tools import CONTRACT_TESTS, TOOLS, Finding

SPEC = yaml.safe_load((ROOT / "openapi.yaml").read_text("utf-8"))
OPERATIONS = {
    operation["operationId"]
    for item in SPEC["paths"].values()
    for operation in item.values()
    if isinstance(operation, dict)
}
RULES = {
    rule["id"]
    for holder in (
        *SPEC["components"]["schemas"].values(),
        *(operation for item in SPEC["paths"].values() for operation in item.values()),
    )
    if isinstance(holder, dict)
    for rule in holder.get("x-invariants", ())
}
# Checks of contract-tests that compare several responses.
COMPARISONS = {
    *("exact-match", "filter", "list-is-whole", "lookup", "logs", "ownership", "parallel"),
    *("precedence", "restart-begins", "restart-while-running", "refused", "same-answer"),
}
MINIMUM_SIZES = {
    "shape": 20,
    "protocol": 20,
    "error-bodies": 15,
    "auth": 20,
    "semantics": 40,
    "rare": 15,
    "concurrency": 6,
    "reliability": 6,
}
SUBJECTS = subjects()
by_id = pytest.mark.parametrize("subject", SUBJECTS, ids=lambda subject: subject.id)


def edited_files(subject: Subject) -> dict[Path, str]:
    """Return the text of each file that a subject changes."""
    texts: dict[Path, str] = {}
    for edit in subject.edits:
        text = texts.get(edit.file) or (ROOT / edit.file).read_text("utf-8")
        texts[edit.file] = edit.applied(text)
    return texts


@cache
def original_tree(file: Path) -> str:
    """Return the syntax tree of a file of the example as text."""
    return ast.dump(ast.parse((ROOT / file).read_text("utf-8")))


@by_id
def test_each_edit_applies_exactly_once_and_changes_valid_python(subject: Subject) -> None:
    for file, text in edited_files(subject).items():
        assert ast.dump(ast.parse(text, str(file))) != original_tree(file)


def test_ids_are_unique() -> None:
    counts = Counter(subject.id for subject in SUBJECTS)
    assert [name for name, count in counts.items() if count > 1] == []


def test_no_two_servers_are_the_same() -> None:
    edits = (tuple(sorted(edited_files(s).items())) for s in SUBJECTS if s.edits)
    assert max(Counter(edits).values()) == 1


def test_each_class_has_a_minimum_number_of_bugs() -> None:
    sizes = Counter(subject.group for subject in planted(PLANTED))
    assert sizes.keys() == MINIMUM_SIZES.keys()
    assert {name: size for name, size in sizes.items() if size < MINIMUM_SIZES[name]} == {}
    assert sizes.total() >= 100


def test_there_is_one_mutant_for_at_most_five_planted_bugs() -> None:
    assert len(planted(MUTANTS)) * 5 >= len(planted(PLANTED))


def test_there_are_twenty_correct_servers_and_one_of_them_is_another_program() -> None:
    assert len(variants()) >= 20
    modules = {subject.module for subject in variants()}
    assert modules >= {"benchmarks.detection.asyncio_server"}


@pytest.mark.parametrize(
    "subject", [subject for subject in SUBJECTS if subject.defects], ids=lambda subject: subject.id
)
def test_the_operations_and_parts_of_each_defect_exist(subject: Subject) -> None:
    for defect in subject.defects:
        assert set(defect.operations) <= {*OPERATIONS, OUTSIDE, ANY}
        for part in defect.parts:
            names = {part, part.partition(" ")[0]}
            assert part in {*RULES, *COMPARISONS} or names & spellings().keys(), part


def test_the_faults_of_the_realistic_server_have_unique_ids() -> None:
    ids = [defect.id for defect in realistic_server().defects]
    assert len(ids) == len(set(ids)) >= 15


@pytest.mark.parametrize("tool", TOOLS)
def test_the_spelling_of_every_part_is_a_regular_expression(tool: str) -> None:
    for subject in SUBJECTS:
        for part in (part for defect in subject.defects for part in defect.parts):
            re.compile(pattern(tool, part) or "")


def test_a_finding_matches_a_bug_by_operation_and_part() -> None:
    (bug,) = next(s for s in SUBJECTS if s.id == "required-property-missing").defects
    text = "required: is_locked is required /package_release"
    finding = Finding(("getPackageRelease",), text, 2.0)
    assert find_match(CONTRACT_TESTS, bug, [finding]) is finding
    assert find_match(CONTRACT_TESTS, bug, [Finding(("getPackage",), text, 2.0)]) is None
    other = Finding(("getPackageRelease",), "required: version is required", 2.0)
    assert find_match(CONTRACT_TESTS, bug, [other]) is None
