"""The spec is the only source: Python knows roles, not words."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
SPEC = yaml.safe_load((ROOT / "openapi.yaml").read_text())

# Words of the API that are also words of something else that Python does read.
OTHER_MEANINGS = {
    "account": "a key of accounts.yaml",
    "data": "a field of an event stream (HTML)",
    "description": "a key of OpenAPI",
    "error": "a role of x-build",
    "event": "a field of an event stream (HTML)",
    "message": "a key of x-invariants and of x-issues",
    "name": "a key of OpenAPI's parameters",
    "ok": "a key of the admin API",
    "package": "an option of the contract run",
    "process": "a variable of x-invariants",
    "version": "an option of command lines, a key of SARIF and JUnit",
}


def properties(value: Any) -> Iterator[str]:
    """Every property that any schema of the spec declares."""
    if isinstance(value, dict):
        if isinstance(value.get("properties"), dict):
            yield from value["properties"]
        for member in value.values():
            yield from properties(member)
    elif isinstance(value, list):
        for item in value:
            yield from properties(item)


def statuses() -> list[str]:
    return [
        word
        for schema in SPEC["components"]["schemas"].values()
        for word in schema.get("x-statuses", ())
    ]


WORDS = {*properties(SPEC), *statuses(), *SPEC["paths"]} - set(OTHER_MEANINGS)
PREFIXES = tuple(
    prefix
    for schema in SPEC["components"]["schemas"].values()
    for prefix in schema.get("x-build", {}).get("processes", ())
)


def texts(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Every text in the code that is no docstring, and every name and attribute."""
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, documented) and node.body and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            if id(node) not in docstrings:
                yield node.lineno, node.value
        elif isinstance(node, ast.Attribute):
            yield node.lineno, f".{node.attr}"
        elif isinstance(node, ast.keyword) and node.arg:
            yield node.value.lineno, f"{node.arg}="


@pytest.mark.parametrize("package", ["mock_server", "contract_tests"])
def test_no_property_status_or_path_of_the_api_stands_in_python(package: str) -> None:
    found = []
    for file in sorted((ROOT / package).rglob("*.py")):
        for line, text in texts(ast.parse(file.read_text())):
            bare = text.strip(".=")
            if text in WORDS or bare.startswith(PREFIXES):
                found.append(f"{file.relative_to(ROOT)}:{line}: {text}")
    assert found == []


def test_the_words_looked_for_are_those_of_the_spec() -> None:
    """The test above would see a status, a property of a release and a path."""
    assert {"successful", "display_status", "package_release_id", "/packages/get"} <= WORDS
    assert "transpilation" in PREFIXES
