"""The servers that the benchmark judges can be made, each as its entry says."""

import ast
import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
import yaml

from benchmarks.detection.catalogue import (
    BY_HAND,
    MUTANTS,
    ROOT,
    Subject,
    planted,
    realistic_server,
    subjects,
    variants,
)
from benchmarks.detection.matching import ANY, OUTSIDE, naming, pattern, spellings
from benchmarks.detection.tools import TOOLS, Finding

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
        *(each for item in SPEC["paths"].values() for each in item.values()),
    )
    if isinstance(holder, dict)
    for rule in holder.get("x-invariants", ())
}
CLASSES = {
    "shape": 20,
    "protocol": 20,
    "error-bodies": 15,
    "auth": 20,
    "semantics": 40,
    "rare": 15,
    "concurrency": 6,
    "reliability": 6,
}
EVERYTHING = subjects()
by_id = pytest.mark.parametrize("subject", EVERYTHING, ids=lambda subject: subject.id)


def edited(subject: Subject) -> dict[Path, str]:
    """The text of each file that a subject changes."""
    texts: dict[Path, str] = {}
    for edit in subject.edits:
        text = texts.get(edit.file) or (ROOT / edit.file).read_text("utf-8")
        texts[edit.file] = edit.applied(text)
    return texts


@cache
def as_it_is(file: Path) -> str:
    """The syntax tree of a file of the example, as text."""
    return ast.dump(ast.parse((ROOT / file).read_text("utf-8")))


@by_id
def test_each_edit_applies_exactly_once_and_leaves_python_behind(subject: Subject) -> None:
    for file, text in edited(subject).items():
        assert ast.dump(ast.parse(text, str(file))) != as_it_is(file)


def test_ids_are_unique() -> None:
    assert [name for name, times in Counter(s.id for s in EVERYTHING).items() if times > 1] == []


def test_no_two_servers_are_the_same() -> None:
    made = Counter(tuple(sorted(edited(each).items())) for each in EVERYTHING if each.edits)
    assert max(made.values()) == 1


def test_each_class_has_its_share_of_bugs() -> None:
    sizes = Counter(subject.group for subject in planted(BY_HAND))
    assert sizes.keys() == CLASSES.keys()
    assert {name: size for name, size in sizes.items() if size < CLASSES[name]} == {}
    assert sizes.total() >= 100


def test_a_fifth_as_many_bugs_are_made_mechanically() -> None:
    assert len(planted(MUTANTS)) * 5 >= len(planted(BY_HAND))


def test_there_are_at_least_twenty_correct_servers_one_of_them_another_program() -> None:
    assert len(variants()) >= 20
    assert {each.module for each in variants()} >= {"benchmarks.detection.asyncio_server"}


@pytest.mark.parametrize(
    "subject", [each for each in EVERYTHING if each.defects], ids=lambda subject: subject.id
)
def test_each_defect_is_at_an_operation_and_can_be_named(subject: Subject) -> None:
    compared = {
        *("exact-match", "filter", "list-is-whole", "lookup", "logs", "ownership", "parallel"),
        *("precedence", "rebuild-begins", "rebuild-while-building", "refused", "same-answer"),
    }
    for defect in subject.defects:
        assert set(defect.operations) <= {*OPERATIONS, OUTSIDE, ANY}
        for thing in defect.things:
            assert (
                thing in {*spellings(), *RULES, *compared} or thing.partition(" ")[0] in spellings()
            )


def test_the_faults_of_the_server_realistic_server_have_ids_of_their_own() -> None:
    faults = [defect.id for defect in realistic_server().defects]
    assert len(faults) == len(set(faults)) >= 15


@pytest.mark.parametrize("tool", TOOLS)
def test_every_thing_has_a_spelling_that_is_a_regular_expression(tool: str) -> None:
    for subject in EVERYTHING:
        for thing in (thing for defect in subject.defects for thing in defect.things):
            re.compile(pattern(tool, thing) or "")


def test_a_finding_names_a_bug_by_operation_and_thing() -> None:
    (bug,) = next(each for each in EVERYTHING if each.id == "required-property-missing").defects
    told = "required: is_locked is required /package_release"
    named = Finding(("getPackageRelease",), told, 2.0)
    assert naming("ours", bug, [named]) is named
    assert naming("ours", bug, [Finding(("getPackage",), told, 2.0)]) is None
    other = Finding(("getPackageRelease",), "required: version is required", 2.0)
    assert naming("ours", bug, [other]) is None
