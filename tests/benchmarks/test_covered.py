"""The table of docs/detection.md names only existing checks and bugs, and all of the document."""

import ast
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from benchmarks.detection.catalogue import ROOT, planted
from mock_server.contract.document.requirements import EXTENSION

DOCUMENT = (ROOT / "openapi.yaml").read_text("utf-8")
SPEC = yaml.safe_load(DOCUMENT)
PAGE = (ROOT / "docs/detection.md").read_text("utf-8")
TABLE = PAGE.partition("<!-- covered: begin -->")[2].partition("<!-- covered: end -->")[0]
ROWS = [
    [cell.strip() for cell in line.strip("|").split(" | ")]
    for line in TABLE.strip().splitlines()[2:]
]
CODE = re.compile(r"`([^`]+)`")
CHECKS = {
    node.name
    for file in (ROOT / "contract_tests/checks").glob("*.py")
    for node in ast.walk(ast.parse(file.read_text("utf-8")))
    if isinstance(node, ast.FunctionDef)
}
BUGS = {subject.id for subject in planted()}
# Members of the document that say what a request or a response must be.
KEYWORDS = {
    *("type", "enum", "const", "format", "pattern", "required", "items", "minLength", "minimum"),
    *("maximum", "maxLength", "anyOf", "oneOf", "allOf", "not", "default", "properties"),
    *("additionalProperties", "uniqueItems", "minItems", "maxItems", "multipleOf", "headers"),
    *("contentMediaType", "contentSchema", "links", "security", "securitySchemes", "servers"),
    *("examples", "operationId", "otherwise"),
}


def members(value: Any) -> Iterator[str]:
    """Yield every member name in a value, except those below examples and properties."""
    if isinstance(value, dict):
        for name, member in value.items():
            yield name
            below = member.values() if name in ("properties", "schemas") else [member]
            for each in below if name not in ("example", "examples", "value") else ():
                yield from members(each)
    elif isinstance(value, list):
        for each in value:
            yield from members(each)


def covered() -> set[str]:
    """Return the keywords, extensions and requirements in the first column."""
    return {word for row in ROWS if not row[0].startswith('"') for word in CODE.findall(row[0])}


def test_each_keyword_extension_and_requirement_of_the_document_has_a_row() -> None:
    used = set(members(SPEC))
    expected = {name for name in used if name in KEYWORDS or name.startswith("x-")}
    assert expected | set(SPEC[EXTENSION]) == covered()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0][:40])
def test_each_row_names_a_sentence_checks_and_bugs_that_exist(row: list[str]) -> None:
    words, checks, bugs = row
    if words.startswith('"'):
        assert words.strip('"') in " ".join(DOCUMENT.split())
    assert set(CODE.findall(checks)) <= CHECKS
    assert set(CODE.findall(bugs)) <= BUGS


def test_each_rule_has_a_planted_bug() -> None:
    rules = set(re.findall(r"- id: ([\w-]+)", DOCUMENT))
    parts = {part for subject in planted() for each in subject.defects for part in each.parts}
    assert rules - parts == set()
